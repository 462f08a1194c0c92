//! Settings from a file: opens it, and what its placeholders point at. Edge; the only file of the room that does I/O.

use std::cell::RefCell;
use std::io::Read;
use std::path::Path;

use super::parse::{self, Settings};
use super::placeholder::Reference;
use super::problem::{Problem, Problems};
use super::secret::Secret;
use super::section::File;
use super::typed::WorkerConfig;
use super::{placeholder, properties, toml_text};

/// Longest settings or secrets file: far above any real one, far below what would hurt.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads and checks a settings file.
///
/// # Errors
/// All problems of the file together; nothing was started.
pub fn load(path: &Path) -> Result<Settings, Problems> {
    let (file, problems) = read(path);
    parse::settings(&file, problems)
}

/// Reads and checks only `[worker]` of a settings file: what a command needs that only asks the broker. Placeholders of
/// the connectors need not point at anything.
///
/// # Errors
/// All problems of `[worker]`, or that of the file.
pub fn load_worker(path: &Path) -> Result<WorkerConfig, Problems> {
    let (file, problems) = read(path);
    let of_worker = problems.into_iter().filter(|problem| !problem.place.starts_with("[connectors")).collect();
    parse::worker_alone(&file, of_worker)
}

/// What a secret's placeholders stand for now.
///
/// # Errors
/// Why one of them points at nothing, without any value in the text.
pub fn read_again(secret: &Secret) -> Result<Secret, String> {
    secret.read_again(&resolve)
}

/// Reads a settings file as it stands, with the problems that reading met; what it says is not checked yet.
#[must_use]
pub fn read(path: &Path) -> (File, Vec<Problem>) {
    let name = path.display().to_string();
    let mut problems = Vec::new();
    match read_text(path) {
        Ok(text) => (toml_text::read(&name, &text, &resolve, &mut problems), problems),
        Err(cause) => {
            let problem =
                Problem { key: String::new(), place: String::new(), line: 0, text: format!("cannot be read: {cause}") };
            (File { name, ..File::default() }, vec![problem])
        }
    }
}

/// The settings whose values come out of a file that everybody on this machine can read: table, key, path.
#[must_use]
pub fn open_secrets(file: &File) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for section in file.worker.iter().chain(&file.connectors) {
        for entry in &section.entries {
            let paths = RefCell::new(Vec::new());
            let note = |reference: &Reference| {
                if let Reference::File { path, .. } = reference {
                    paths.borrow_mut().push(path.clone());
                }
                Ok(String::new())
            };
            // What is malformed is told elsewhere.
            let _ = placeholder::expand(&entry.written, &note);
            let open = paths.into_inner().into_iter().filter(|path| is_open(Path::new(path)));
            found.extend(open.map(|path| (section.title.clone(), entry.key.clone(), path)));
        }
    }
    found
}

fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

/// What a placeholder stands for: a variable of the environment, or a key of a file.
///
/// # Errors
/// Why it points at nothing.
pub fn resolve(reference: &Reference) -> Result<String, String> {
    match reference {
        Reference::Env { name } => match std::env::var(name) {
            Ok(value) => Ok(value),
            Err(std::env::VarError::NotPresent) => Err("the environment variable is not set".to_owned()),
            Err(std::env::VarError::NotUnicode(_)) => Err("the environment variable is not UTF-8".to_owned()),
        },
        Reference::File { path, key } => {
            // A pipe would be waited for, and a device read without end.
            if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
                return Err("it is no ordinary file".to_owned());
            }
            let text = read_text(Path::new(path)).map_err(|cause| format!("the file cannot be read: {cause}"))?;
            properties::value_of(&text, key).ok_or_else(|| "the file has no such key".to_owned())
        }
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is longer than {FILE_BYTES_MAX} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::reference;
    use crate::config::summary::summary;
    use crate::domain::media::Dialect;

    /// A variable that the test command always has, and one that nobody has.
    const SET: &str = "CARGO_MANIFEST_DIR";

    fn sample(name: &str) -> (File, Vec<Problem>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let lookup = |reference: &Reference| match reference {
            Reference::Env { name } if name == "GENESYS_CLIENT_ID" => Ok("demo-client".to_owned()),
            Reference::Env { name } if name == "GENESYS_CLIENT_SECRET" => Ok("demo-secret".to_owned()),
            Reference::File { path, key } if path == "/run/secrets/genesys" && key == "client_secret" => {
                Ok("demo-secret".to_owned())
            }
            _ => Err("it is not set".to_owned()),
        };
        let mut problems = Vec::new();
        (toml_text::read(name, &text, &lookup, &mut problems), problems)
    }

    fn written(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn the_simulator_sample_loads_and_says_what_it_says() {
        let (file, problems) = sample("simulator.toml");
        let settings = parse::settings(&file, problems).unwrap();
        let source = &settings.sources[0];
        assert_eq!((source.client_id.as_str(), source.client_secret.reveal()), ("demo-client", "demo-secret"));
        assert_eq!(source.extract_end.unwrap() - source.extract_start, 2 * crate::domain::time::DAY_MS);
        // The sample spells out what are the defaults anyway.
        assert_eq!(settings.processors[0].rules, parse::rules_of(&std::collections::BTreeMap::new()).unwrap());
    }

    #[test]
    fn the_cloud_sample_is_sound_and_reads_again_out_of_the_lake() {
        let (file, problems) = sample("genesys-cloud.toml");
        let settings = parse::settings(&file, problems).unwrap();
        let source = &settings.sources[0];
        assert_eq!(source.dialect, Dialect::ConversationDetails);
        let again = source.revisit_dialect.unwrap();
        // Younger revisits do not wait for the lake.
        assert_eq!((again.dialect, again.page_size, again.from_age_ms), (Dialect::ConversationJobs, 1_000, 86_400_000));
    }

    #[test]
    fn the_summary_echoes_placeholders_and_hides_secrets() {
        let (mut file, problems) = sample("simulator.toml");
        let settings = parse::settings(&file, problems).unwrap();
        let text = summary(&file, &settings);
        for part in [
            "  genesys.client.secret = ${env:GENESYS_CLIENT_SECRET}\n",
            "  extract.freshness.delay.ms = 30000 (derived)\n",
            "  kpi.settling.ms = 86400000 (default)\n",
            "  topics.partitions = 4\n",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains("demo-secret") && !text.contains("schema.registry"), "{text}");
        for (key, value) in [("genesys.client.secret", "hunter2"), ("genesys.client.id", "hunter2${env:X}")] {
            let entry = file.connectors[0].entries.iter_mut().find(|entry| entry.key == key).unwrap();
            entry.written = value.to_owned();
        }
        let text = summary(&file, &settings);
        assert!(text.contains("  genesys.client.secret = [hidden]\n"), "{text}");
    }

    #[test]
    fn secrets_come_from_the_environment_and_from_properties_files() {
        let directory = tempfile::tempdir().unwrap();
        let secrets = written(&directory, "secrets", "# for the test\nclient_secret = s3cret\n");
        let text = format!(
            "[worker]\nbootstrap.servers = \"a:1\"\nkafka.client.rack = \"${{env:{SET}}}\"\n\
             kafka.debug = \"x${{file:{}:client_secret}}\"\n",
            secrets.display()
        );
        let worker = load_worker(&written(&directory, "x.toml", &text)).unwrap();
        assert_eq!(worker.kafka["client.rack"], env!("CARGO_MANIFEST_DIR"));
        assert_eq!(worker.kafka["debug"], "xs3cret");
    }

    #[test]
    fn a_secret_that_everybody_can_read_is_found() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let secrets = written(&directory, "secrets", "a=b\n");
        let text =
            format!("[worker]\nbootstrap.servers = \"a:1\"\nkafka.debug = \"${{file:{}:a}}\"\n", secrets.display());
        let (file, _) = read(&written(&directory, "x.toml", &text));
        let allow = |mode: u32| std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(mode)).unwrap();
        allow(0o640);
        assert_eq!(open_secrets(&file), []);
        allow(0o644);
        let expected = ("[worker]".to_owned(), "kafka.debug".to_owned(), secrets.display().to_string());
        assert_eq!(open_secrets(&file), [expected]);
    }

    #[test]
    fn what_cannot_be_found_is_named_with_its_key() {
        let directory = tempfile::tempdir().unwrap();
        let secrets = written(&directory, "secrets", "a=b\n");
        let text = format!(
            "[worker]\nbootstrap.servers = \"${{env:HANDLETIME_TEST_UNSET}}\"\nkafka.debug = \"${{file:{}:c}}\"\n\
             kafka.client.rack = \"${{file:/nowhere/at/all:c}}\"\nkafka.ssl.ca.location = \"${{file:/dev/zero:c}}\"\n",
            secrets.display()
        );
        let found = load_worker(&written(&directory, "x.toml", &text)).unwrap_err().to_string();
        for part in [
            "bootstrap.servers: cannot resolve ${env:HANDLETIME_TEST_UNSET}: the environment variable is not set",
            "kafka.debug: cannot resolve ${file:",
            "the file has no such key",
            "the file cannot be read: No such file",
            "kafka.ssl.ca.location: cannot resolve ${file:/dev/zero:c}: it is no ordinary file",
        ] {
            assert!(found.contains(part), "{part} is missing in\n{found}");
        }
    }

    #[test]
    fn the_worker_alone_does_not_need_the_connectors_secrets() {
        let directory = tempfile::tempdir().unwrap();
        let text = "[worker]\nbootstrap.servers = \"a:1\"\n[connectors.s]\nx = \"${env:HANDLETIME_TEST_UNSET}\"\n";
        let path = written(&directory, "x.toml", text);
        assert_eq!(load_worker(&path).unwrap().bootstrap_servers, "a:1");
        assert!(load(&path).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_one_problem() {
        let problems = load(Path::new("/nowhere/at/all.toml")).unwrap_err();
        assert_eq!(problems.list().len(), 1);
        assert!(
            problems.to_string().starts_with("1 problem in /nowhere/at/all.toml\n  cannot be read: "),
            "{problems}"
        );
    }

    #[test]
    fn the_page_in_docs_is_the_one_of_the_tables() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, reference::page()).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        let hint = "docs/settings.md is not current; run UPDATE_GOLDEN=1 cargo test --lib config::file";
        assert!(stored == reference::page(), "{hint}");
    }
}
