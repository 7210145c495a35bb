//! Does `wirecopy check` name the earlier reports of the same event, and nothing else?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use serde_json::Value;
use support::stories::{checked, findings};
use support::{Folder, run_in};

/// Three papers on one ferry that sank, each in its own words.
const FERRY: [(&str, &str); 3] = [
    (
        "Chìm phà ở bến Trà Lũng, 11 người được cứu",
        "Khoảng 6h sáng 14/3, chiếc phà mang số hiệu TL-07 chở 13 hành khách đã chìm khi còn cách bến Trà Lũng chừng 200 mét. \
         Lực lượng cứu hộ huyện Kim Đàm đưa được 11 người lên bờ, hai người vẫn mất tích. Ông Đặng Hữu Thọ, chủ tịch huyện, \
         cho biết thợ lặn đang tìm kiếm dọc sông Lũng và phà gặp nạn lúc nước chảy xiết.",
    ),
    (
        "Hai hành khách mất tích sau vụ lật phà TL-07",
        "Thợ lặn vẫn đang rà soát lòng sông Lũng để tìm hai hành khách của phà TL-07 gặp nạn rạng sáng 14/3. Theo chủ tịch huyện \
         Kim Đàm Đặng Hữu Thọ, trên phà có 13 người, 11 người đã an toàn. Nhân chứng kể con phà nghiêng rồi lật úp \
         ngay trước khi cập bến Trà Lũng, nhiều chiếc xe máy bị cuốn trôi.",
    ),
    (
        "Huyện Kim Đàm đình chỉ bến phà Trà Lũng",
        "Sau tai nạn của phà TL-07 hôm 14/3 khiến hai người mất tích trong số 13 khách, bến Trà Lũng bị dừng hoạt động. \
         Chủ tịch huyện Kim Đàm, ông Đặng Hữu Thọ, yêu cầu kiểm tra toàn bộ phương tiện trên sông Lũng; 11 người thoát nạn \
         đang được theo dõi ở trạm y tế xã.",
    ),
];

/// What else is in the news.
const OTHERS: [(&str, &str); 4] = [
    (
        "Lễ hội hoa ban khai mạc ở Mường Pồn",
        "Tối 13/3, hàng nghìn du khách dự đêm khai mạc lễ hội hoa ban tại quảng trường Mường Pồn. Nghệ sĩ Lò Thị Xuân mở màn bằng \
         điệu xòe cổ, tiếp đó là cuộc thi giã bánh dày giữa tám bản trong vùng kéo dài tới khuya.",
    ),
    (
        "Giá cà phê Đắk Hà tăng phiên thứ năm",
        "Thương lái thu mua cà phê nhân xô ở Đắk Hà với giá 92.400 đồng một kg, cao hơn phiên trước 600 đồng. Bà Hồ Thị Lành, chủ đại \
         lý, nói nông dân còn giữ hàng vì chờ giá lên nữa trước mùa mưa.",
    ),
    (
        "Đội bóng chuyền nữ Long Thạnh vào chung kết",
        "Với chiến thắng 3-1 trước Hải Vân, các cô gái Long Thạnh lần đầu tiên vào chung kết giải vô địch quốc gia. Chủ công Vũ Khánh \
         Chi ghi 24 điểm và được bầu là cầu thủ hay nhất trận.",
    ),
    (
        "Thư viện huyện Yên Lãng mở cửa buổi tối",
        "Từ đầu tháng tư, thư viện huyện Yên Lãng phục vụ bạn đọc tới 21 giờ. Giám đốc Phùng Minh Đức cho hay phòng đọc thiếu nhi \
         có thêm ba nghìn đầu sách do các nhà xuất bản trao tặng.",
    ),
];

fn article(id: &str, published: &str, (title, text): (&str, &str)) -> String {
    let published = if published.is_empty() { Value::Null } else { published.into() };
    serde_json::json!({"id": id, "published": published, "source": format!("{id}.vn"), "title": title, "text": text})
        .to_string()
        + "\n"
}

/// A copy with a byline before it and a word more.
fn copy(number: usize) -> (&'static str, String) {
    let (title, text) = FERRY[number];
    (title, format!("Theo phóng viên thường trú. {}", text.replacen(" người", " con người", 1)))
}

fn others() -> String {
    OTHERS
        .iter()
        .zip(0..)
        .map(|(&one, n)| article(&format!("khac{n}"), &format!("2024-03-1{n}T08:00:00Z"), one))
        .collect()
}

/// An index of other news and of these articles.
fn archive(articles: &str) -> Folder {
    let folder = Folder::with(&[("archive.jsonl", &(others() + articles))]);
    for arguments in [["index", "create", "i", "-q"].as_slice(), &["index", "add", "i", "archive.jsonl", "-q"]] {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    folder
}

/// Each same-event finding as `article: match match`, the strongest match first but for those of other batches.
fn same_event(value: &Value) -> Vec<String> {
    let of_event = value["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "same-event");
    let said = of_event.map(|one| {
        let ids = one["matches"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
        let mut ids: Vec<&str> = ids.collect();
        ids.sort_unstable();
        format!("{}: {}", one["article"]["id"].as_str().unwrap(), ids.join(" "))
    });
    let mut said: Vec<String> = said.collect();
    said.sort_unstable();
    said
}

fn check(folder: &Folder, new: &str) -> Value {
    folder.write("new.jsonl", new);
    let (code, value) = checked(folder, &["new.jsonl", "--against", "i", "--fail-on", "same-event"]);
    assert_eq!(code, i32::from(!same_event(&value).is_empty()), "{value:#}");
    value
}

#[test]
fn an_earlier_report_in_other_words_is_named_and_no_other_article() {
    let folder = archive(&article("cu", "2024-03-14T09:00:00Z", FERRY[0]));
    let value = check(
        &folder,
        &(article("moi", "2024-03-15T09:00:00Z", FERRY[1])
            + &article("le", "2024-03-15T10:00:00Z", ("Tin vắn", "Hôm nay trời nắng đẹp khắp nơi trong vùng."))),
    );
    assert_eq!(same_event(&value), ["moi: cu"]);
    let matched = &value["findings"][0]["matches"][0];
    assert!(
        matched["confidence"].as_f64().unwrap() >= 0.7
            && matched["sureness"] != "unsure"
            && matched["new"] == false
            && matched.get("coverage").is_none(),
        "{matched:#}"
    );
    assert_eq!(matched["source"], "cu.vn");
}

/// A later copy beside an article stood for both of them, and the article itself passed.
#[test]
fn a_report_with_a_later_copy_beside_it_is_judged_as_it_would_be_alone() {
    let folder = archive(&article("cu", "2024-03-14T09:00:00Z", FERRY[0]));
    let (title, text) = copy(1);
    let (report, later) =
        (article("moi", "2024-03-15T09:00:00Z", FERRY[1]), article("chep", "2024-03-15T12:00:00Z", (title, &text)));
    assert_eq!(same_event(&check(&folder, &report)), ["moi: cu"]);
    let value = check(&folder, &(later + &report));
    assert_eq!(same_event(&value), ["chep: cu", "moi: cu"]);
    assert!(findings(&value).contains(&"copy chep moi informs".to_owned()), "{:?}", findings(&value));
}

#[test]
fn a_third_report_names_both_that_were_there_before_however_they_came() {
    let reports: Vec<String> = FERRY
        .iter()
        .zip(0..)
        .map(|(&one, n)| article(&format!("bao{n}"), &format!("2024-03-1{}T09:00:00Z", 4 + n), one))
        .collect();
    let at_once = archive("");
    assert_eq!(same_event(&check(&at_once, &reports.concat())), ["bao1: bao0", "bao2: bao0 bao1"]);
    let two_known = archive(&reports[..2].concat());
    assert_eq!(same_event(&check(&two_known, &reports[2])), ["bao2: bao0 bao1"]);
    let one_known = archive(&reports[0]);
    assert_eq!(same_event(&check(&one_known, &reports[1..].concat())), ["bao1: bao0", "bao2: bao0 bao1"]);
    // The archive as files, and nothing known at all.
    let as_files = Folder::with(&[("archive.jsonl", &(others() + &reports[0])), ("new.jsonl", &reports[1..].concat())]);
    let (_, value) = checked(&as_files, &["new.jsonl", "--against", "archive.jsonl"]);
    assert_eq!(same_event(&value), ["bao1: bao0", "bao2: bao0 bao1"]);
    as_files.write("all.jsonl", others() + &reports.concat());
    let (_, value) = checked(&as_files, &["all.jsonl"]);
    assert_eq!(same_event(&value), ["bao1: bao0", "bao2: bao0 bao1"]);
}

#[test]
fn a_copy_is_never_named_as_a_report_and_keeps_none_from_being_named() {
    let copies: String = (0..20)
        .map(|n| {
            let (title, text) = copy(1);
            article(
                &format!("chep{n:02}"),
                &format!("2024-03-15T{n:02}:00:00Z"),
                (title, &format!("{text} Ảnh: báo số {n}.")),
            )
        })
        .collect();
    let folder = archive(&(article("cu", "2024-03-14T09:00:00Z", FERRY[0]) + &copies));
    let value = check(&folder, &article("moi", "2024-03-16T09:00:00Z", FERRY[1]));
    assert_eq!(same_event(&value), ["moi: cu"]);
    assert!(findings(&value).iter().any(|one| one.starts_with("copy moi ") || one.starts_with("identical moi ")));
}

#[test]
fn of_articles_with_the_same_words_one_is_named() {
    let same: String =
        (0..9).map(|n| article(&format!("bao{n}"), &format!("2024-03-14T0{n}:00:00Z"), FERRY[0])).collect();
    let folder = archive(&(same + &article("khac", "2024-03-15T07:00:00Z", FERRY[2])));
    let value = check(&folder, &article("moi", "2024-03-15T09:00:00Z", FERRY[1]));
    let said = same_event(&value);
    assert!(said.len() == 1 && said[0].starts_with("moi: bao") && said[0].ends_with(" khac"), "{said:?}");
    assert_eq!(said[0].split(' ').count(), 3, "{said:?}");
}

#[test]
fn what_is_published_more_than_fourteen_days_apart_is_another_event() {
    let folder = archive(&article("cu", "2024-03-14T09:00:00Z", FERRY[0]));
    let named = |published: &str| !same_event(&check(&folder, &article("moi", published, FERRY[1]))).is_empty();
    assert_eq!(
        [named("2024-03-28T09:00:00Z"), named("2024-03-28T09:00:01Z")],
        [true, false],
        "fourteen days, and a second more"
    );
    assert!(named("2024-02-29T09:00:00Z") && !named("2024-02-29T08:59:59Z"), "the stored one may be the later");
    assert!(named(""), "unknown times keep nothing apart");
}

#[test]
fn reports_that_speak_of_days_more_than_fourteen_apart_are_of_two_events() {
    let on = |day: &str, (title, text): (&str, &str)| {
        (title.to_owned(), format!("{} Vụ việc ngày {day} được lập biên bản ngày {day}.", text.replace("14/3", day)))
    };
    let named = |day: &str| {
        let ((title, text), (new_title, new_text)) = (on("14/3/2024", FERRY[0]), on(day, FERRY[1]));
        let folder = archive(&article("cu", "", (&title, &text)));
        !same_event(&check(&folder, &article("moi", "", (&new_title, &new_text)))).is_empty()
    };
    assert_eq!(["14/3/2024", "28/3/2024", "29/3/2024", "14/5/2024"].map(named), [true, true, false, false]);
}

/// The copy of a first version counted as a copy of the current one alone, so the stored article was named a second time as a report
/// of the same event.
#[test]
fn a_copy_of_one_version_of_an_article_is_no_report_of_the_same_event_as_any_version_of_it() {
    let folder = archive(&article("cu", "2024-03-14T09:00:00Z", FERRY[0]));
    folder.write("revised.jsonl", article("cu", "2024-03-14T10:00:00Z", FERRY[1]));
    assert_eq!(run_in(folder.as_ref(), ["index", "add", "i", "revised.jsonl", "-q"]).code, 0);
    let (titles, texts): (Vec<&str>, Vec<String>) = (0..2).map(copy).unzip();
    let cases = [
        ("identical", FERRY[0]),
        ("identical", FERRY[1]),
        ("copy", (titles[0], &texts[0][..])),
        ("copy", (titles[1], &texts[1][..])),
    ];
    for (rule, of_version) in cases {
        let value = check(&folder, &article("chep", "2024-03-15T09:00:00Z", of_version));
        assert_eq!(findings(&value), [format!("{rule} chep cu informs")], "{value:#}");
    }
    let other = check(&folder, &article("moi", "2024-03-15T09:00:00Z", FERRY[2]));
    assert_eq!(same_event(&other), ["moi: cu cu"], "a report in words of its own");
}

#[test]
fn of_two_new_reports_the_later_names_the_earlier_and_not_the_other_way_round() {
    let folder = archive("");
    let (first, second) =
        (article("z", "2024-03-14T09:00:00Z", FERRY[0]), article("a", "2024-03-15T09:00:00Z", FERRY[1]));
    assert_eq!(same_event(&check(&folder, &(second + &first))), ["a: z"]);
}
