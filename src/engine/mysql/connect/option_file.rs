//! `~/.my.cnf`: what its `[client]` groups say.

use std::collections::BTreeMap;

const GROUPS: [&str; 3] = ["client", "client-server", "client-mariadb"];

/// Options of the client groups; later lines win. Dashes and underscores mean the same.
pub fn client_options(text: &str) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    let mut wanted = false;
    for line in text.lines().map(str::trim) {
        if let Some(group) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            wanted = GROUPS.contains(&group.trim());
        } else if wanted && !line.is_empty() && !line.starts_with(['#', ';', '!']) {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            options.insert(name.trim().replace('_', "-"), unquoted(value.trim()));
        }
    }
    options
}

/// Quotes around a value are not part of it; without them a `#` begins a comment.
fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.rsplit_once(quote));
        if let Some((inner, _)) = inner {
            return inner.replace("\\\\", "\\");
        }
    }
    value.split(" #").next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_client_groups_count() {
        let text = "[mysqld]\nport=1\n[client]\nuser = \"ann # b\"\npassword='s=3\\\\'\n# user=no\n\
                    port=3307 # other\n[mysqldump]\nuser=dump\n[client-mariadb]\nssl_ca=/x\n";
        let options = client_options(text);
        assert_eq!(options["user"], "ann # b");
        assert_eq!(options["password"], "s=3\\");
        assert_eq!(options["port"], "3307");
        assert_eq!(options["ssl-ca"], "/x");
    }
}
