//! The files of a provider's folder.

use std::fs;
use std::path::PathBuf;

use atelier::domain::result_host::ResultHosts;
use atelier::provider::{Access, Provider, Report, Response};
use bytes::Bytes;
use http::HeaderMap;

use super::sign::Scheme;

/// One provider's answers, and the cases that cannot occur.
#[derive(Clone)]
pub(crate) struct Folder {
    pub(crate) provider: &'static dyn Provider,
    path: PathBuf,
    never: Vec<(String, String)>,
}

/// A case in the folder.
pub(crate) enum Case {
    /// The case can occur, with this answer.
    Said(Fixture),
    /// The case cannot occur, for the reason in `never`.
    Never,
}

/// One answer or callback.
#[derive(Clone)]
pub(crate) struct Fixture {
    /// The first line.
    start: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Folder {
    pub(crate) fn of(provider: &'static dyn Provider) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/conformance")
            .join(provider.name());
        let never = fs::read_to_string(path.join("never")).unwrap_or_default();
        let lines = never.lines().filter(|line| !line.trim().is_empty());
        let never = lines.map(|line| {
            let (case, reason) = line.split_once(':').unwrap_or((line, ""));
            (case.trim().into(), reason.trim().into())
        });
        Self {
            provider,
            never: never.collect(),
            path,
        }
    }

    /// The fixture of a case; an error if it is missing without a reason, or present with one.
    pub(crate) fn case(&self, case: &str) -> Result<Case, String> {
        let path = self.path.join(format!("{case}.http"));
        let never = self.never.iter().find(|(name, _)| name == case);
        match (fs::read(&path).ok(), never) {
            (Some(bytes), None) => {
                let fixture = Fixture::parse(&bytes);
                let fixture = fixture.ok_or(format!("{} is malformed", path.display()))?;
                Ok(Case::Said(fixture))
            }
            (None, Some((_, reason))) if !reason.is_empty() => Ok(Case::Never),
            (None, Some(_)) => Err(format!("{case} has no reason in {}", self.never_path())),
            (None, None) => Err(format!(
                "{} is missing, and {} does not say why",
                path.display(),
                self.never_path()
            )),
            (Some(_), Some(_)) => Err(format!(
                "{} is there, and {} says that it never is",
                path.display(),
                self.never_path()
            )),
        }
    }

    /// Checks that every file and line is for a known case.
    pub(crate) fn check_names(&self, cases: &[String]) -> Result<(), String> {
        let is_case = |name: &str| cases.iter().any(|case| case == name);
        let files = fs::read_dir(&self.path).into_iter().flatten();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        for file in files.filter(|file| !["never", "signs"].contains(&file.as_str())) {
            let case = file.strip_suffix(".http");
            if !case.is_some_and(&is_case) {
                return Err(format!("{} is of no case", self.path.join(file).display()));
            }
        }
        let odd = self.never.iter().find(|(case, _)| !is_case(case));
        odd.map_or(Ok(()), |(case, _)| {
            Err(format!("{}: {case} is no case", self.never_path()))
        })
    }

    /// How the provider signs its callbacks.
    pub(crate) fn scheme(&self) -> Scheme {
        let path = self.path.join("signs");
        let name = fs::read_to_string(&path).unwrap_or_default();
        Scheme::named(name.trim()).unwrap_or_else(|| {
            let path = path.display();
            panic!("{path} says none of: not at all, standard webhooks, fal, kie")
        })
    }

    /// The provider's address and keys in this suite.
    pub(crate) fn access(&self) -> Access {
        Access {
            base_url: self.provider.base_url().into(),
            api_key: "key-of-the-operator".into(),
            webhook_secrets: self.scheme().secrets(),
        }
    }

    /// Checks that the pictures of a success are on hosts from which this provider's may be
    /// fetched.
    pub(crate) fn check_hosts(&self, report: &Report) -> Result<(), String> {
        let Report::Succeeded { results, .. } = report else {
            return Ok(());
        };
        let hosts = self.provider.result_hosts();
        for address in results {
            ResultHosts::default()
                .admit(address, hosts)
                .map_err(|why| format!("{address} {why}"))?;
        }
        Ok(())
    }

    fn never_path(&self) -> String {
        self.path.join("never").display().to_string()
    }
}

impl Fixture {
    /// Parses a first line, header lines, an empty line, and the body.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut start, mut headers) = (None, HeaderMap::new());
        let mut rest = bytes;
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = str::from_utf8(&rest[..end]).ok()?.trim_end();
            rest = &rest[end + 1..];
            match &start {
                None => start = Some(line.to_owned()),
                Some(start) if line.is_empty() => {
                    let (start, body) = (start.clone(), rest.to_vec());
                    return Some(Self {
                        start,
                        headers,
                        body,
                    });
                }
                Some(_) => {
                    let (name, value) = line.split_once(':')?;
                    let name = http::HeaderName::try_from(name).ok()?;
                    headers.append(name, value.trim().parse().ok()?);
                }
            }
        }
    }

    /// The fixture as an answer.
    pub(crate) fn response(&self) -> Result<Response, String> {
        let malformed = || format!("\"{}\" is no first line of an answer", self.start);
        let status = self.start.strip_prefix("HTTP/1.1 ").ok_or_else(malformed)?;
        let status = status.split(' ').next().unwrap_or_default();
        let mut response = http::Response::new(Bytes::from(self.body.clone()));
        *response.status_mut() = status.parse().map_err(|_| malformed())?;
        *response.headers_mut() = self.headers.clone();
        Ok(response)
    }

    /// Checks that the fixture is a callback.
    pub(crate) fn check_callback(&self) -> Result<(), String> {
        let is_post = self.start.split(' ').next() == Some("POST");
        is_post
            .then_some(())
            .ok_or_else(|| format!("\"{}\" is no first line of a callback", self.start))
    }
}
