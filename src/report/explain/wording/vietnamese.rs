//! Vietnamese sentences.

use super::super::super::layout::{count, percent};
use super::{A, B, Sums, Wording, by_length, probability};
use crate::events::{Confidence, Piece, Tie};
use crate::explain::{
    Bounds, CopyAnswer, CopyStep, Direction, EventAnswer, EventOf, Explanation, NotProposedWhy, Relation, Score,
    StorylineStep, Turn, Why,
};
use crate::verify::Kind;

pub(in crate::report::explain) struct Vietnamese;

/// A number as it is written in Vietnamese.
fn number(number: usize) -> String {
    count(number).replace(',', ".")
}

fn sureness(confidence: Confidence) -> String {
    let word = match confidence.word() {
        "sure" => "chắc chắn",
        "likely" => "khá chắc",
        _ => "chưa chắc",
    };
    format!("{word}, {}", percent(confidence.share()))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Identical => "giống hệt",
        Kind::Copy => "bản sao",
        Kind::Excerpt => "trích",
        Kind::Template => "cùng khuôn",
    }
}

impl Wording for Vietnamese {
    fn copy_answer(&self, explanation: &Explanation) -> String {
        let copy = &explanation.copy;
        let (shorter, longer) = by_length(explanation);
        let threshold = percent(copy.threshold);
        match copy.kind {
            Some(Kind::Identical) => {
                "Giống hệt: cùng từng chữ, chỉ khác bút danh, chú thích ảnh và phần khung trang.".to_owned()
            }
            Some(Kind::Copy) => {
                let value = percent(copy.value);
                format!("Bản sao: phần lớn hai bài cùng một lời văn, {value}; bản sao cần {threshold}.")
            }
            Some(Kind::Excerpt) => format!(
                "Trích: {} bài {shorter} nằm trong bài {longer}, vốn có nhiều phần riêng; trích cần {}, còn bản sao cần {threshold} ở cả \
                 hai bài.",
                percent(copy.part),
                percent(copy.excerpt_threshold)
            ),
            Some(Kind::Template) => {
                "Không: cùng khuôn. Khung bài như nhau, khác số liệu, ngày hoặc tên: bản tin của hai ngày hoặc về hai đối tượng.".to_owned()
            }
            None if copy.comparison.similarity == 0.0 => {
                format!("Không: không có chuỗi {} từ nào nằm trong cả hai bài.", copy.window_words)
            }
            None => {
                format!("Không: {} của cả hai bài cùng một lời văn; bản sao cần {threshold}.", percent(copy.value))
            }
        }
    }

    fn turn(&self, turn: &Turn) -> String {
        let side = if turn.direction == Direction::Down { "trở xuống" } else { "trở lên" };
        let what = turn.kind.map_or_else(
            || "hai bài sẽ không còn liên quan".to_owned(),
            |turned| format!("kết quả sẽ là: {}", kind(turned)),
        );
        format!("Với --{} {:.2} {side}, {what}.", turn.option, turn.at)
    }

    fn no_turn(&self, copy: &CopyAnswer) -> String {
        let why = match copy.kind {
            None if !copy.shares_passages => ": phần chung chỉ là những cụm từ quen dùng, ngắn ngủi",
            _ => "",
        };
        format!("Không ngưỡng nào làm kết quả khác đi{why}.")
    }

    fn not_found(&self) -> &'static str {
        "Bước tìm kiếm đã bỏ sót cặp này: ở đây hai bài được so chính xác, nhưng báo cáo không có cặp này. --target-recall cho biết điều \
         đó hiếm đến mức nào."
    }

    fn copy_step(&self, step: &CopyStep) -> String {
        let (similarity, coverage) = (percent(step.comparison.similarity), percent(step.comparison.coverage));
        let CopyStep { from, to, .. } = step;
        format!("{from} → {to}: {}, tương đồng {similarity}, bao phủ {coverage}", kind(step.kind))
    }

    fn event_answer(&self, event: &EventAnswer) -> String {
        let (probability, bound) = (probability(event), percent(event.bounds.groups));
        match (event.relation, event.why) {
            (Relation::OneReport, _) => {
                "Có: hai bài là bản sao của nhau, và các bản sao là một tin của sự kiện.".to_owned()
            }
            (Relation::SameEvent, Why::Copied) => "Có: bài này lấy từ bài kia.".to_owned(),
            (Relation::SameEvent, Why::Bulletin) => {
                "Có, tuy là bản tin của hai ngày: các tin khác giữ sự kiện của chúng làm một.".to_owned()
            }
            (Relation::SameEvent, _) if probability < event.bounds.groups => format!(
                "Có: tính trung bình thì sự kiện của chúng gắn với nhau, tuy riêng hai bài chỉ đạt {}.",
                percent(probability)
            ),
            (Relation::SameEvent, _) => format!("Có: hai bài đạt {}.", percent(probability)),
            (relation, why) => {
                let no = match why {
                    Why::Bulletin => "đây là bản tin của hai ngày".to_owned(),
                    Why::DaysApart { days } => {
                        let most = event.bounds.span_days;
                        format!("ngày của hai bài cách nhau {days} ngày, còn trong một sự kiện nhiều nhất là {most}")
                    }
                    Why::NotProposed { why } => match why {
                        NotProposedWhy::NothingShared => "hai bài không chung tên hay từ nào đáng kể".to_owned(),
                        NotProposedWhy::TooCommon => "hai bài chỉ chung những tên và từ mà nhiều bài có".to_owned(),
                        NotProposedWhy::Outdone => "mỗi bài có nhiều điểm chung hơn với những bài khác".to_owned(),
                    },
                    Why::BelowBound => format!("hai bài đạt {}, còn một sự kiện cần {bound}", percent(probability)),
                    Why::Outvoted | Why::Joined | Why::Copies | Why::Copied => format!(
                        "hai bài đạt {}, nhưng tính trung bình thì các tin của hai sự kiện không đạt, hoặc một sự kiện ít tin đã không \
                         đứng vững",
                        percent(probability)
                    ),
                };
                match relation {
                    Relation::Storyline => format!("Không, nhưng cùng một mạch truyện: {no}."),
                    _ => format!("Không: {no}."),
                }
            }
        }
    }

    fn stands_for(&self, name: &str, report: &str) -> String {
        format!("Thay cho {name} là {report}, bài đại diện của các bản sao.")
    }

    fn bounds(&self, score: &Score, bounds: &Bounds) -> String {
        let of_pair = match score.probability {
            Some(probability) => format!("Điểm {}", percent(probability)),
            None => format!("Riêng hai bài: điểm {}", percent(score.probability_alone)),
        };
        format!(
            "{of_pair}. Hai tin lẻ được gộp từ {}, hai nhóm khi trung bình các cặp đã so sánh đạt {} và trung bình các cặp được chờ đợi \
             đạt {}. Ngày của chúng cách nhau nhiều nhất {} ngày; không tùy chọn nào đổi được điều này",
            percent(bounds.lone),
            percent(bounds.compared),
            percent(bounds.groups),
            bounds.span_days
        )
    }

    fn tie(&self, score: &Score) -> Option<&'static str> {
        match score.tie? {
            Tie::Copied => Some("Bài này lấy từ bài kia: điều đó quyết định."),
            Tie::Template => Some("Đây là bản tin của hai ngày hoặc về hai đối tượng: điều đó quyết định."),
            Tie::Excerpt => None,
        }
    }

    fn is_of(&self, name: &str, of: &EventOf) -> String {
        let sure = of.confidence.map(|confidence| format!(" ({})", sureness(confidence))).unwrap_or_default();
        format!("{name} thuộc {}, {} tin{sure}: {}", of.id, number(of.reports), of.label)
    }

    fn both_are_of(&self, of: &EventOf) -> String {
        format!("Sự kiện {}: {}", of.id, of.label)
    }

    fn how_sure(&self, a: &EventOf, b: &EventOf) -> Option<String> {
        let (of_a, of_b) = a.confidence.zip(b.confidence)?;
        Some(format!("Mức chắc chắn rằng từng bài thuộc sự kiện: {A} {}; {B} {}.", sureness(of_a), sureness(of_b)))
    }

    fn storyline(&self, step: &StorylineStep, label: &str) -> String {
        let days = step.days_later.map_or_else(String::new, |days| format!("{} ngày ", days.unsigned_abs()));
        let when = if step.later { "sau" } else { "trước" };
        let label = if label.is_empty() { String::new() } else { format!(": {label}") };
        format!("mạch truyện: {days}{when} là {}{label}", step.to)
    }

    fn piece(&self, piece: Piece) -> &'static str {
        match piece {
            Piece::Words => "từ",
            Piece::Pairs => "cặp từ",
            Piece::Lead => "từ của tiêu đề và sapo",
            Piece::Names => "tên",
            Piece::Title => "tiêu đề",
            Piece::LeadInText => "sapo bài này trong bài kia",
            Piece::Numbers => "con số",
            Piece::Lengths => "độ dài",
            Piece::Rarest => "từ hiếm nhất có ở cả hai",
            Piece::Days => "ngày được nêu",
            Piece::Published => "ngày đăng",
            Piece::Neighborhood => "các cặp khác",
        }
    }

    fn sums(&self) -> Sums {
        Sums {
            nothing_in_common: "không có gì chung",
            content: "nội dung",
            bounded: "có giới hạn, và chưa biết ngày",
            alone: "riêng hai bài",
            neighborhood: "so với các cặp khác của chúng",
            excerpt: "một đoạn của bài này có trong bài kia",
            score: "điểm",
        }
    }

    fn words(&self, words: usize) -> String {
        format!("{} từ", number(words))
    }

    fn left_out(&self, words: usize) -> String {
        format!("bỏ {} từ thuộc khung trang", number(words))
    }
}
