//! The names under which each field of an article is looked for where the settings name none, in their order.
//!
//! Reading, `--help`, the documentation and messages all take them from here. A name belongs here where several publishers,
//! crawlers or data sets use it for this field and for nothing else; upper and lower case make no difference. A text under any
//! other name is no silent loss: a record without a text under a known name is told, with the field that may be it.

/// The id.
pub const ID_NAMES: &str = "id, _id, url, @id, guid, uuid, article_id, articleId";

/// The text.
pub const TEXT_NAMES: &str = "text, content, body, article, maintext, main_text, articleBody, article_body, articleText, \
     article_text, bodyText, body_text, contentText, content_text, fulltext, full_text, plaintext, plain_text, rawContent, \
     raw_content, rawText, raw_text, noidung, noi_dung, nội dung";

/// The headline.
pub const TITLE_NAMES: &str = "title, headline, tieude, tieu_de, tiêu đề";

/// The standfirst.
pub const LEAD_NAMES: &str =
    "lead, description, sapo, summary, standfirst, excerpt, tomtat, tom_tat, tóm tắt, mota, mo_ta, mô tả";

/// The outlet; what stands behind `else` is no name.
pub const SOURCE_NAMES: &str =
    "source, domain, outlet, publisher, source_domain, site_name, nguon, nguồn, else the URL's host";

/// The time of publication.
pub const PUBLISHED_NAMES: &str = "published, date, published_at, publishedAt, date_publish, datePublished, date_published, \
     publish_date, publishDate, publication_date, publicationDate, webPublicationDate, pubDate, pub_date, published_date, \
     publishedDate, published_time, publishedTime, publish_time, publishTime, published_on, publishedOn, article:published_time, \
     og:published_time, article_published_time, first_published, firstPublished, firstPublishedAt, dc:date, dcterms:issued, issued, \
     release_date, posted_at, post_date, ngay, ngày, ngay_dang, ngaydang, ngày đăng, ngay_xuat_ban, ngày xuất bản, thoi_gian, thoigian, \
     thời gian, @timestamp, datetime, timestamp, time, date_created, dateCreated, created_at, createdAt";

/// Whether a name that is none of these may give the time of publication all the same.
pub fn may_give_time(name: &str) -> bool {
    let folded = name.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| folded.contains(part));
    has(&[
        "date", "time", "publi", "posted", "issued", "created", "ngay", "ngày", "fecha", "datum", "data_", "日期",
        "时间",
    ]) && !has(&[
        "update",
        "modif",
        "crawl",
        "fetch",
        "download",
        "scrap",
        "index",
        "metadata",
        "sentiment",
        "timezone",
    ])
}

/// The label of truth.
pub const LABEL_NAMES: &str = "cluster";

/// The names in one of these lists.
pub fn each_name(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(", ").take_while(|name| !name.starts_with("else "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_give_a_time_is_told_from_others() {
        assert!(["date_of_issue", "postedDate", "NgàyĐăngBài", "pubtime"].into_iter().all(may_give_time));
        assert!(!["updated_at", "modified_date", "crawl_time", "title", "metadata"].into_iter().any(may_give_time));
    }

    #[test]
    fn no_name_stands_twice_and_each_is_bare() {
        let lists = [ID_NAMES, TEXT_NAMES, TITLE_NAMES, LEAD_NAMES, SOURCE_NAMES, PUBLISHED_NAMES, LABEL_NAMES];
        let mut seen: Vec<String> = Vec::new();
        for name in lists.into_iter().flat_map(each_name) {
            assert!(!name.is_empty() && name.trim() == name && !name.contains(','), "{name}");
            assert!(!seen.contains(&name.to_lowercase()), "{name}");
            seen.push(name.to_lowercase());
        }
    }
}
