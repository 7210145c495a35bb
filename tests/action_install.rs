//! What the GitHub Action installs, from a repository that looks like a release on GitHub: never a binary that nobody vouches for.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use std::path::Path;
use std::process::Command;

use support::runner::{ROOT, executable, prepare, write};
use support::{Folder, Ran, git, run_command};

/// A place that looks like GitHub to `install`: a repository with a release, and stand-ins for `gh` and `cargo`.
struct Release {
    folder: Folder,
    /// The commit of the tag.
    commit: String,
}

impl Release {
    fn new(provenance: &str) -> Release {
        let folder = Folder::with(&[]);
        let root = folder.path("host/owner/wirecopy");
        let version = concat!("v", env!("CARGO_PKG_VERSION"));
        write(&root, "Cargo.toml", concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"\n"));
        git(&root, ["init", "-q"]);
        git(&root, ["add", "-A"]);
        git(&root, ["commit", "-qm", "release"]);
        git(&root, ["tag", "-a", version, "-m", version]);
        let commit = git(&root, ["rev-parse", "HEAD"]);
        let name = format!("wirecopy-{version}-x86_64-unknown-linux-musl");
        executable(&folder.path("pack").join(&name).join("wirecopy"), "#!/bin/sh\necho of the release\n");
        let releases = root.join("releases/download").join(version);
        std::fs::create_dir_all(&releases).unwrap();
        let file = format!("{name}.tar.gz");
        let packed = releases.join(&file);
        let pack =
            ["-czf", packed.to_str().unwrap(), "-C", folder.path("pack").to_str().unwrap(), &name].map(str::to_owned);
        assert_eq!(run_command(Command::new("tar").args(pack)).code, 0);
        let sum = run_command(Command::new("sha256sum").arg(&file).current_dir(&releases)).stdout;
        write(&releases, &format!("{file}.sha256"), &sum);
        executable(&folder.path("bin/gh"), &format!("#!/bin/sh\nprintf '%s ' \"$@\" >> \"$CALLS\"\n{provenance}\n"));
        let cargo = "#!/bin/sh\necho \"cargo in $PWD\" >> \"$CALLS\"\nfor root; do :; done\nmkdir -p \"$root/bin\"\n\
                     printf '#!/bin/sh\\necho built\\n' > \"$root/bin/wirecopy\"\nchmod +x \"$root/bin/wirecopy\"\n";
        executable(&folder.path("bin/cargo"), cargo);
        std::fs::create_dir_all(folder.path("temp")).unwrap();
        std::fs::create_dir_all(folder.path("work")).unwrap();
        Release { folder, commit }
    }

    /// Installs, used by this; what it said, and what was called.
    fn install(&self, by: &str, version: &str) -> (Ran, String) {
        let mut command = Command::new("bash");
        command.arg(Path::new(ROOT).join(".github/action/install"));
        prepare(&mut command, &self.folder.path("work"), &self.folder);
        let path = format!("{}:{}", self.folder.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let host = format!("file://{}", self.folder.path("host").display());
        command.env("PATH", path).env("CALLS", self.folder.path("calls")).env("GITHUB_SERVER_URL", host);
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("GITHUB_PATH", self.folder.path("added"));
        command.env("GITHUB_ACTION_PATH", self.folder.path("host/owner/wirecopy"));
        command.env("ACTION_REPOSITORY", "owner/wirecopy").env("ACTION_REF", by).env("WIRECOPY_VERSION", version);
        std::fs::remove_dir_all(self.folder.path("temp/wirecopy-bin")).ok();
        std::fs::remove_file(self.folder.path("calls")).ok();
        let ran = run_command(&mut command);
        (ran, std::fs::read_to_string(self.folder.path("calls")).unwrap_or_default())
    }

    fn tag() -> &'static str {
        concat!("v", env!("CARGO_PKG_VERSION"))
    }
}

#[test]
fn a_release_is_used_where_its_signed_provenance_names_our_workflow_and_tag() {
    let release = Release::new("exit 0");
    for (by, version) in [(Release::tag(), ""), ("main", Release::tag())] {
        let (ran, calls) = release.install(by, version);
        assert!(ran.code == 0 && ran.stdout.contains("of the release"), "{ran:?}");
        for expected in [
            "--repo owner/wirecopy",
            "--signer-workflow owner/wirecopy/.github/workflows/release.yml",
            &format!("--source-ref refs/tags/{}", Release::tag()),
            "--deny-self-hosted-runners",
        ] {
            assert!(calls.contains(expected), "{calls}");
        }
    }
}

#[test]
fn a_release_whose_provenance_or_checksum_is_wrong_is_not_used() {
    let wrong = Release::new("case \"$*\" in *--help*) exit 0 ;; esac; echo no attestation found >&2; exit 1");
    let (ran, _) = wrong.install(Release::tag(), "");
    assert!(ran.code == 2 && ran.stdout.contains("no attestation found"), "{ran:?}");
    assert_eq!(ran.stdout.matches("::error").count(), 1, "{ran:?}");
    assert!(!wrong.folder.path("temp/wirecopy-bin/wirecopy").exists() && !wrong.folder.path("added").exists());
    let release = Release::new("exit 0");
    let name = format!("wirecopy-{}-x86_64-unknown-linux-musl.tar.gz.sha256", Release::tag());
    let sum = release.folder.path("host/owner/wirecopy/releases/download").join(Release::tag()).join(name);
    let text = std::fs::read_to_string(&sum).unwrap();
    let digits = |c: char| if c == '0' { '1' } else { '0' };
    let changed: String = text.chars().enumerate().map(|(at, c)| if at == 5 { digits(c) } else { c }).collect();
    std::fs::write(&sum, changed).unwrap();
    let (ran, _) = release.install(Release::tag(), "");
    assert!(ran.code == 2 && ran.stdout.contains("is not what its SHA-256 says"), "{ran:?}");
    assert!(!release.folder.path("temp/wirecopy-bin/wirecopy").exists());
}

#[test]
fn without_the_github_cli_it_is_said_that_provenance_was_not_checked() {
    let release = Release::new("exit 1");
    let (ran, _) = release.install(Release::tag(), "");
    assert!(ran.code == 0 && ran.stdout.contains("its provenance is not"), "{ran:?}");
}

#[test]
fn a_commit_hash_stands_for_the_release_whose_tag_is_that_commit_and_is_built_otherwise() {
    let release = Release::new("exit 0");
    let (ran, calls) = release.install(&release.commit, "");
    assert!(ran.code == 0 && ran.stdout.contains("of the release"), "{ran:?}");
    assert!(calls.contains(&format!("--source-digest {}", release.commit)), "{calls}");
    let other = "0123456789012345678901234567890123456789";
    for (by, version, why) in [
        (other, "", "is not of the commit"),
        ("main", "", "neither a release nor a commit"),
        ("", "source", "asks for it"),
    ] {
        let (ran, calls) = release.install(by, version);
        assert!(ran.code == 0 && ran.stdout.contains(why) && ran.stdout.contains("built\n"), "{ran:?}");
        // A checkout may hold .cargo/config.toml, which names programs for cargo to run.
        assert!(calls.contains("cargo in ") && !calls.contains("work"), "{calls}");
    }
    let without = Release::new("exit 1");
    let (ran, _) = without.install(&without.commit, "");
    assert!(ran.code == 0 && ran.stdout.contains("without the GitHub CLI"), "{ran:?}");
    let (ran, _) = release.install("main", "v1; rm -rf /");
    assert!(ran.code == 2 && ran.stdout.contains("expected v1.2.3 or source"), "{ran:?}");
}

#[test]
fn every_action_that_we_use_is_pinned_by_a_commit_hash() {
    let mut count = 0;
    for file in ["action.yml", ".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
        for line in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (_, pin) = line.split_once('@').unwrap();
            let (hash, version) = pin.split_once(" # v").expect("the version stands behind the hash");
            assert!(
                hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && !version.is_empty(),
                "{line}"
            );
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn a_release_is_attested_before_it_is_published_by_a_job_that_builds_nothing() {
    let release = include_str!("../.github/workflows/release.yml");
    let (build, publish) = release.split_once("\n  publish:\n").unwrap();
    assert!(!build.contains("id-token") && !publish.contains("cargo "), "only the job that signs may sign");
    let (attest, create) =
        (publish.find("attest-build-provenance@").unwrap(), publish.find("gh release create").unwrap());
    assert!(attest < create && publish.contains("attestations: write"));
    assert!(build.contains("cp .github/action/gate \"dist/$name/wirecopy-gate\""), "docs/check.md takes it from there");
}
