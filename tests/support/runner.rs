//! A machine that runs steps of a workflow, as far as our scripts see it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::Folder;

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What GitHub sets for a step, and a `wirecopy` that is found.
pub(crate) fn prepare(command: &mut Command, work: &Path, folder: &Folder) {
    let binary = Path::new(env!("CARGO_BIN_EXE_wirecopy")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    command.current_dir(work).env("PATH", path).env("HOME", folder.as_ref()).env("RUNNER_TEMP", folder.path("temp"));
    command.env("GITHUB_OUTPUT", folder.path("output")).env("GITHUB_STEP_SUMMARY", folder.path("summary"));
    for variable in ["GITHUB_EVENT_NAME", "GITHUB_WORKSPACE", "WIRECOPY_INDEX", "WIRECOPY_BASE", "PRE_COMMIT"] {
        command.env_remove(variable);
    }
}

pub(crate) fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

pub(crate) fn executable(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}
