//! Does `wirecopy check --since` judge what a commit did not have, and nothing else?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use std::process::Command;

use serde_json::Value;
use support::stories::{archive, article, checked, copy, findings, incoming, story};
use support::{Folder, git, has_program, run_in};

/// A repository with these files in one commit; `None` where there is no git.
fn repository(files: &[(&str, &str)]) -> Option<Folder> {
    if !has_program("git") {
        return None;
    }
    let folder = Folder::with(&[]);
    for (name, content) in files {
        std::fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
        folder.write(name, content);
    }
    git(folder.as_ref(), ["init", "-q"]);
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "old"]);
    Some(folder)
}

fn since(folder: &Folder, more: &[&str]) -> (i32, Value) {
    checked(folder, &[&["news", "--since", "HEAD", "--level", "copies"], more].concat())
}

fn without_id(text: &str) -> String {
    format!("{{\"text\":\"{text}\"}}\n")
}

/// A feed of last year had a broken line, and every later change failed for it.
#[test]
fn a_bad_record_that_the_commit_had_is_nobodys_finding() {
    let old = archive() + "broken\n{\"id\":1}\n";
    let Some(folder) =
        repository(&[("news/a.jsonl", &old), ("news/cut.json", "[{\"id\":\"z\",\"text\":\"một hai\"}, {")])
    else {
        return;
    };
    folder.write("news/a.jsonl", article("before", 9, "moi.vn", &story(50)) + &old);
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, findings(&value).len(), &value["counts"]["unreadable"]), (0, 0, &0.into()), "{value:#}");
    assert_eq!(since(&folder, &["--strict"]).0, 0, "what is strict is strict with what is new");
    folder.write("news/b.jsonl", article("b", 9, "moi.vn", &story(51)) + "broken too\n");
    let (code, value) = since(&folder, &[]);
    assert_eq!(
        (code, findings(&value), &value["counts"]["unreadable"]),
        (1, vec!["unreadable  - fails".to_owned()], &1.into())
    );
    assert_eq!(value["findings"][0]["article"]["line"], 2);
    assert_eq!(since(&folder, &["--strict"]).0, 2);
    // What was cut off in the commit and is another file now is cut off now.
    std::fs::remove_file(folder.path("news/b.jsonl")).unwrap();
    folder.write("news/cut.json", "[{\"id\":\"z\",\"text\":\"một hai ba\"}, {");
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, &value["verdict"]), (2, &"could_not_check".into()));
}

/// The field was called otherwise once.
#[test]
fn a_field_that_only_the_commit_lacks_is_no_error() {
    let Some(folder) = repository(&[("news/a.jsonl", &archive())]) else { return };
    let renamed = archive().replace("\"text\"", "\"noidung\"");
    folder.write(
        "news/a.jsonl",
        renamed.clone() + &article("new", 9, "moi.vn", &story(50)).replace("\"text\"", "\"noidung\""),
    );
    let (code, value) = since(&folder, &["--text-field", "noidung", "--strict"]);
    assert_eq!(code, 0, "{value:#}");
    git(folder.as_ref(), ["checkout", "-q", "."]);
    assert_eq!(since(&folder, &["--text-field", "noidung"]).0, 2, "nothing of now has it");
}

/// Moving a file made a finding of every text in it; and a text file beside its copy was known.
#[test]
fn what_was_moved_is_known_and_what_was_copied_is_not() {
    let bare = without_id(&story(1)) + &without_id(&story(2));
    let Some(folder) =
        repository(&[("news/a.jsonl", &archive()), ("news/bare.jsonl", &bare), ("news/001.txt", &story(41))])
    else {
        return;
    };
    for (from, to) in [("a.jsonl", "z.jsonl"), ("bare.jsonl", "0.jsonl"), ("001.txt", "0.txt")] {
        git(folder.as_ref(), ["mv", &format!("news/{from}"), &format!("news/{to}")]);
    }
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, findings(&value)), (0, Vec::new()));
    assert_eq!((&value["counts"]["articles"], &value["against"]["articles"]), (&0.into(), &14.into()));

    folder.write("news/1.jsonl", without_id(&story(2)));
    std::fs::write(folder.path("news/1.txt"), story(41)).unwrap();
    let (code, value) = since(&folder, &[]);
    let found = findings(&value);
    assert_eq!((code, found.len()), (1, 2), "one more of the same words is a copy: {found:?}");
    assert!(found.iter().all(|one| one.starts_with("identical ")), "{found:?}");
}

/// Of two folders the commit had no article in one, and all of the other was taken for new.
#[test]
fn a_path_without_articles_in_the_commit_leaves_the_others_as_they_were() {
    let files = [("news/a.jsonl", archive()), ("more/picture.png", "x".to_owned()), ("data", story(5))];
    let Some(folder) = repository(&files.each_ref().map(|(name, text)| (*name, text.as_str()))) else { return };
    #[cfg(unix)]
    std::os::unix::fs::symlink("../data", folder.path("news/link.txt")).unwrap();
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "link"]);
    folder.write("more/b.jsonl", article("b", 9, "moi.vn", &story(50)));
    let (code, value) = checked(&folder, &["more", "news/a.jsonl", "news", "--since", "HEAD", "--level", "copies"]);
    assert_eq!(&value["counts"]["known"], 12, "{value:#}");
    assert!(code < 2, "a link to a file without an ending is read under the name of the link: {value:#}");
}

/// A line without an id, or a text file, that is mended is not a copy of what it was.
#[test]
fn an_edited_record_is_no_copy_of_its_own_earlier_text() {
    let Some(folder) = repository(&[("news/a.jsonl", &without_id(&story(1))), ("news/t.txt", &story(2))]) else {
        return;
    };
    folder.write("news/a.jsonl", without_id(&copy(1)));
    folder.write("news/t.txt", copy(2));
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, findings(&value)), (0, vec!["revision t t informs".to_owned()]));
    std::fs::remove_file(folder.path("news/a.jsonl")).unwrap();
    folder.write("news/b.jsonl", without_id(&copy(1)));
    let (code, value) = since(&folder, &[]);
    assert_eq!(code, 1, "the file is gone, and its text stands edited in another");
    assert_eq!(
        value["findings"][0]["matches"][0]["id"], "HEAD:news/a.jsonl:1",
        "git's way of naming it, and no temporary folder"
    );
}

#[cfg(unix)]
#[test]
fn a_name_is_a_name_and_no_pattern() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let names = [":odd.jsonl", ":(exclude)x.jsonl", "[ab]*.jsonl", " line\n.jsonl", "tin mới.jsonl"];
    let Some(folder) = repository(&[("news/a.jsonl", &archive())]) else { return };
    for (number, name) in names.iter().enumerate() {
        folder.write(name, article(&format!("odd{number}"), 1, "cu.vn", &story(60 + number)));
    }
    let not_utf8 = folder.as_ref().join(OsStr::from_bytes(b"tin-\xff.jsonl"));
    let has_not_utf8 = std::fs::write(&not_utf8, article("bytes", 1, "cu.vn", &story(70))).is_ok();
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "odd"]);
    for name in names {
        let path = format!("./{name}");
        let (code, value) = checked(&folder, &[&path, "--since", "HEAD", "--level", "copies"]);
        assert_eq!((code, &value["counts"]["known"]), (0, &1.into()), "{name}: {value:#}");
    }
    let (code, value) = checked(&folder, &[".", "--since", "HEAD", "--level", "copies"]);
    let known = 11 + names.len() + usize::from(has_not_utf8);
    assert_eq!((code, &value["counts"]["known"], &value["counts"]["articles"]), (0, &known.into(), &0.into()));
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_known() {
    let Some(folder) =
        repository(&[("data/a.jsonl", &archive()), ("news/b.jsonl", &article("b", 1, "x.vn", &story(50)))])
    else {
        return;
    };
    std::os::unix::fs::symlink("../data/a.jsonl", folder.path("news/link.jsonl")).unwrap();
    std::os::unix::fs::symlink("nowhere.jsonl", folder.path("gone.jsonl")).unwrap();
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "links"]);
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, &value["counts"]["known"], &value["counts"]["articles"]), (0, &12.into(), &0.into()));
}

/// What is linked had no ending, and nothing of it was known.
#[cfg(unix)]
#[test]
fn a_link_says_by_its_own_ending_what_it_leads_to() {
    let Some(folder) = repository(&[("store/abc123", &archive())]) else { return };
    std::fs::create_dir(folder.path("news")).unwrap();
    std::os::unix::fs::symlink("../store/abc123", folder.path("news/l.jsonl")).unwrap();
    std::os::unix::fs::symlink("l.jsonl", folder.path("news/m.jsonl")).unwrap();
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "links"]);
    for path in ["news", "news/l.jsonl", "news/m.jsonl", "."] {
        let (code, value) = checked(&folder, &[path, "--since", "HEAD", "--level", "copies"]);
        let counts = &value["counts"];
        assert_eq!((code, &counts["known"], &counts["articles"]), (0, &11.into(), &0.into()), "{path}: {value:#}");
    }
}

/// It was taken for replaced, though nothing stood in its place.
#[test]
fn a_record_without_an_id_that_left_a_file_is_known() {
    let Some(folder) = repository(&[("news/a.jsonl", &(without_id(&story(1)) + &without_id(&story(2))))]) else {
        return;
    };
    folder.write("news/a.jsonl", without_id(&story(2)));
    folder.write("news/b.jsonl", without_id(&copy(1)));
    let (code, value) = since(&folder, &[]);
    assert_eq!((code, &value["against"]["articles"]), (1, &2.into()), "{value:#}");
    assert_eq!(value["findings"][0]["matches"][0]["id"], "HEAD:news/a.jsonl:1");
}

#[test]
fn that_the_commit_has_nothing_under_a_path_is_said() {
    let Some(folder) = repository(&[("news/a.jsonl", &archive())]) else { return };
    folder.write("news/copy.jsonl", article("b", 9, "moi.vn", &copy(0)));
    let said = run_in(folder.as_ref(), ["check", "news/copy.jsonl", "--since", "HEAD"]).stderr;
    assert!(said.contains("HEAD has no article under the paths named"), "{said}");
    let said = run_in(folder.as_ref(), ["check", "news", "--since", "HEAD"]).stderr;
    assert!(!said.contains("has no article"), "{said}");
}

/// They were named by a temporary folder, another one each time.
#[test]
fn files_of_the_commit_are_named_as_git_names_them() {
    let cut = "[{\"id\":\"z\",\"text\":\"một hai\"}, {";
    let Some(folder) = repository(&[("news/a.jsonl", &archive()), ("news/n.parquet", "none"), ("news/cut.json", cut)])
    else {
        return;
    };
    let named = |said: &str, name: &str| assert!(said.contains(name) && !said.contains("/.tmp"), "{name}: {said}");
    std::fs::remove_file(folder.path("news/n.parquet")).unwrap();
    named(&run_in(folder.as_ref(), ["check", "news", "--since", "HEAD"]).stderr, "HEAD:news/n.parquet");
    git(folder.as_ref(), ["commit", "-qam", "no Parquet"]);
    named(&run_in(folder.as_ref(), ["check", "news", "--since", "HEAD"]).stderr, "HEAD:news/cut.json");
}

/// git makes no such tree, but reads one that was made.
#[cfg(unix)]
#[test]
fn a_commit_writes_nothing_outside_of_its_folder() {
    let Some(folder) = repository(&[("news/a.jsonl", &archive())]) else { return };
    let blob = git(folder.as_ref(), ["rev-parse", "HEAD:news/a.jsonl"]);
    let tree = |entries: &str| {
        let listed = folder.write("entries", entries);
        let mut make = Command::new("git");
        make.args(["mktree"]).current_dir(&folder).stdin(std::fs::File::open(listed).unwrap());
        support::run_command(&mut make).stdout.trim().to_owned()
    };
    let outer = tree(&format!("100644 blob {blob}\tescaped.jsonl\n"));
    let news = tree(&format!("040000 tree {outer}\t..\n100644 blob {blob}\ta.jsonl\n"));
    let top = tree(&format!("040000 tree {news}\tnews\n"));
    let commit = git(folder.as_ref(), ["commit-tree", "-m", "odd", &top]);
    let refused = run_in(folder.as_ref(), ["check", "news", "--since", &commit]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("which no file can be named"), "{}", refused.stderr);
}

#[test]
fn what_git_does_not_hold_itself_is_refused() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    let Some(folder) = repository(&[("news/a.jsonl", pointer)]) else { return };
    folder.write("news/a.jsonl", archive());
    let refused = run_in(folder.as_ref(), ["check", "news", "--since", "HEAD"]).stderr;
    assert!(refused.contains("news/a.jsonl: the commit HEAD holds a pointer of Git LFS"), "{refused}");
    // A picture beside the articles is nobody's article.
    let Some(folder) = repository(&[("news/a.jsonl", &archive()), ("news/a.png", pointer)]) else { return };
    assert_eq!(since(&folder, &[]).0, 0);

    let Some(folder) = repository(&[("news/a.jsonl", &archive())]) else { return };
    std::fs::create_dir(folder.path("news/sub")).unwrap();
    folder.write("news/sub/b.jsonl", article("b", 1, "x.vn", &story(50)));
    git(&folder.path("news/sub"), ["init", "-q"]);
    git(&folder.path("news/sub"), ["add", "-A"]);
    git(&folder.path("news/sub"), ["commit", "-qm", "b"]);
    git(folder.as_ref(), ["-c", "advice.addEmbeddedRepo=false", "add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "a repository inside"]);
    let refused = run_in(folder.as_ref(), ["check", "news", "--since", "HEAD"]).stderr;
    assert!(refused.contains("is in the submodule"), "{refused}");
    let by_itself = run_in(&folder.path("news/sub"), ["check", ".", "--since", "HEAD", "--level", "copies"]);
    assert_eq!(by_itself.code, 0, "by itself it has a history");
}

#[test]
fn since_a_commit_only_new_records_are_judged_and_held_against_its_own() {
    if !has_program("git") {
        return;
    }
    let folder = Folder::with(&[]);
    std::fs::create_dir(folder.path("news")).unwrap();
    folder.write("news/a.jsonl", archive() + &article("old-copy", 2, "cu.vn", &copy(0)));
    folder.write("news/noid.jsonl", format!("{{\"text\":\"{}\"}}\n", story(40)));
    folder.write("news/001.txt", story(41));
    git(folder.as_ref(), ["init", "-q"]);
    git(folder.as_ref(), ["add", "."]);
    git(folder.as_ref(), ["commit", "-qm", "a"]);
    let old = archive() + &article("old-copy", 2, "cu.vn", &copy(0));
    let without_last =
        old.lines().filter(|line| !line.contains("\"old9\"")).map(|line| format!("{line}\n")).collect::<String>();
    folder.write(
        "news/a.jsonl",
        without_last
            .replace("\"id\":\"old8\",\"published\":\"2021-12-01\"", "\"id\":\"old8\",\"published\":\"2021-12-02\"")
            + &incoming(),
    );
    // The same name in another folder gives the old one a longer id.
    std::fs::create_dir(folder.path("news/new")).unwrap();
    folder.write("news/new/001.txt", story(42));
    folder.write("news/b.jsonl", article("of-gone", 9, "moi.vn", &copy(9)));
    let (code, value) = checked(&folder, &["news", "--since", "HEAD", "--level", "copies"]);
    let found = findings(&value);
    assert_eq!(code, 1);
    assert!(found.contains(&"copy copied old0 fails".to_owned()), "{found:?}");
    assert!(found.contains(&"copy of-gone old9 fails".to_owned()), "what was deleted is known all the same: {found:?}");
    assert!(
        !found.iter().any(|one| one.contains("old-copy") && one.starts_with("copy old-copy")),
        "an old duplicate is nobody's finding: {found:?}"
    );
    assert!(
        !found.iter().any(|one| one.contains("noid") || one.contains("001")),
        "ids that are places or names: {found:?}"
    );
    assert!(found.contains(&"revision old3 old3 informs".to_owned()), "{found:?}");
    let refused = run_in(folder.as_ref(), ["check", "news", "--since", "nowhere"]).stderr;
    assert!(refused.contains("--since nowhere: the repository has no such commit"), "{refused}");
    let status = Command::new("git").arg("-C").arg(folder.as_ref()).args(["status", "--porcelain"]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&status.stdout),
        " M news/a.jsonl\n?? news/b.jsonl\n?? news/new/\n",
        "nothing was staged or changed"
    );
    // In a hook, variables name the repository and the index that git is at work on.
    let mut in_hook = support::wirecopy();
    in_hook.current_dir(folder.as_ref()).args(["check", "news", "--since", "HEAD", "--level", "copies", "-q"]);
    in_hook
        .env("GIT_DIR", folder.path(".git"))
        .env("GIT_INDEX_FILE", folder.path(".git/index"))
        .env("GIT_PREFIX", "news/");
    assert_eq!(support::run_command(&mut in_hook).code, 1);
    let (code, value) = checked(&folder, &["news/b.jsonl", "--since", "HEAD", "--level", "copies"]);
    assert_eq!((code, findings(&value)), (0, Vec::new()), "the file is new, and holds one article");
}
