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
     publish_date, publishDate, publication_date, pubDate, ngay, ngày, ngay_dang, ngày đăng";

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
