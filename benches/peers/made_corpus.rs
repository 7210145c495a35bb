//! Makes the corpus that wirecopy and its peers are measured on.
//!
//! usage: cargo run --release --example made_corpus -- COUNT DIR
//!
//! DIR/corpus.jsonl holds the articles, DIR/families.jsonl the `id` and `family` of those that are planted copies. Articles
//! are pieced together from the seeds, or from the sentences of the folder that `WIRECOPY_BENCH_POOL` names.

#[path = "../corpus/mod.rs"]
mod corpus;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, folder] = &arguments[..] else {
        return Err("usage: made_corpus COUNT DIR".into());
    };
    let articles = corpus::articles(&corpus::Pool::load(), count.parse()?);
    let families = articles.iter().filter_map(|article| {
        let family = article.label.as_ref()?;
        Some(format!("{}\n", serde_json::json!({ "id": article.id, "family": family })))
    });
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("corpus.jsonl"), corpus::json_lines(&articles))?;
    std::fs::write(folder.join("families.jsonl"), families.collect::<String>())?;
    Ok(())
}
