//! This program computes `test-vectors/documents.json`: documents of a KMS in the way other implementations write them,
//! and beside each the most similar one that is refused.
//!
//! `WRITE_VECTORS=1 cargo test --all-features --test kms_documents` writes the file.

#[path = "generated/documents.rs"]
mod documents;
#[path = "generated/file.rs"]
mod file;

use file::File;

#[test]
fn the_file_is_what_is_computed() {
    let mut file = File::default();
    let fields = "kind document -> says, or refuse (TS 33.180 D.2 to D.4, Namespaces in XML 1.0)";
    file.group("attributes", "kms-document", fields, documents::attributes);
    file.group("roles", "kms-document", fields, documents::roles);
    file.group("user-identifiers", "kms-document", fields, documents::user_identifiers);
    file.group("validity", "kms-document", fields, documents::validity);
    file.group("lookups", "kms-document", fields, documents::lookups);
    file.group("redirects", "kms-document", fields, documents::redirects);
    file.compare(
        "documents.json",
        "Documents of a KMS: XML of TS 33.180 annex D as it is met",
        "computed by tests/kms_documents.rs of this repository from the schemas; the signatures are those of xmlsec1 and openssl",
    );
}
