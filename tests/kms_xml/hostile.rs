//! Documents that exceed the limits or are malicious must not harm the reader.

use std::fmt::Write;

use eccsi_sakke::kms::Request;
use eccsi_sakke::kms::xml::{ErrorKind, Limits};

use super::documents::{all, decode, encode, refusal, request, request_parts};

fn plain() -> String {
    request_parts().document()
}

/// A request whose UserUri has this text.
fn with_user(text: &str) -> String {
    plain().replace("sip:alice@example.org", text)
}

fn user_of(document: &str) -> String {
    Request::from_xml(document.as_bytes()).expect(document).user_uri
}

#[test]
fn document_types_are_refused() {
    for declaration in [
        "<!DOCTYPE KmsRequest>",
        "<!DOCTYPE KmsRequest [<!ENTITY a 'b'>]>",
        "<!DOCTYPE KmsRequest SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE KmsRequest PUBLIC 'a' 'https://example.org/a.dtd'>",
        "<!doctype KmsRequest>",
        "<!DOCTYPE>",
        "<!DOCTYPE KmsRequest [",
    ] {
        let document = format!("{declaration}{}", plain());
        assert_eq!(refusal(&document), (ErrorKind::Doctype, ""), "{declaration}");
        let document = format!("<?xml version='1.0'?>\n<!-- a -->{declaration}{}", plain());
        assert_eq!(refusal(&document).0, ErrorKind::Doctype, "{declaration}");
    }
    let inside = plain().replace("<KmsUri>", "<!DOCTYPE a><KmsUri>");
    assert_eq!(refusal(&inside).0, ErrorKind::Doctype);
    let position = decode(inside.as_bytes()).expect_err("refused").position();
    assert_eq!(Some(position), inside.find("<!DOCTYPE"));
}

#[test]
fn entities_do_not_grow() {
    let mut bomb = String::from("<!DOCTYPE KmsRequest [<!ENTITY a0 'ha'>");
    for n in 1..30 {
        write!(bomb, "<!ENTITY a{n} '&a{0};&a{0};'>", n - 1).expect("written");
    }
    let document = format!("{bomb}]>{}", with_user("&a29;"));
    assert_eq!(refusal(&document).0, ErrorKind::Doctype);
    for reference in "&a;|&nbsp;|&#0;|&#x0;|&#xFFFE;|&#xD800;|&#x110000;|&#;|&;|&#99999999999;|\
        &lt ;|&LT;|&#X41;"
        .split('|')
    {
        assert_eq!(
            refusal(&with_user(reference)),
            (ErrorKind::Reference, "UserUri"),
            "{reference}"
        );
        let attribute = plain().replace("xmldoc", reference);
        assert_eq!(refusal(&attribute).0, ErrorKind::Reference, "{reference}");
    }
    for unclosed in ["&", "&amp", "a&b", "&#65"] {
        assert_eq!(refusal(&with_user(unclosed)), (ErrorKind::Reference, "UserUri"), "{unclosed}");
    }
    assert_eq!(user_of(&with_user("&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;")), "<>&\"'A\u{1f600}");
}

#[test]
fn processing_instructions_are_refused() {
    for (document, kind) in [
        (format!("<?xml-stylesheet href='a'?>{}", plain()), ErrorKind::Instruction),
        (format!("{}<?a?>", plain()), ErrorKind::Instruction),
        (with_user("a<?b?>c"), ErrorKind::Instruction),
        (plain().replace("<KmsUri>", "<?a?><KmsUri>"), ErrorKind::Instruction),
        (format!(" <?xml version='1.0'?>{}", plain()), ErrorKind::Instruction),
        (format!("<!-- --><?xml version='1.0'?>{}", plain()), ErrorKind::Instruction),
        (format!("<?xml version='1.0'?><?xml version='1.0'?>{}", plain()), ErrorKind::Instruction),
        (format!("<?xml version='1.0'{}", plain()), ErrorKind::Instruction),
    ] {
        assert_eq!(refusal(&document).0, kind, "{document}");
    }
}

#[test]
fn declarations_say_utf_8() {
    for declaration in [
        "<?xml version='1.0'?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n",
        "<?xml  version = '1.0'  encoding='utf-8' standalone='yes' ?>",
        "<?xml version='1.0' standalone='no'?>",
        "\u{feff}<?xml version='1.0'?>",
        "\u{feff}",
        "",
        "\n",
    ] {
        let document = format!("{declaration}{}", plain());
        assert_eq!(Request::from_xml(document.as_bytes()), Ok(request()), "{declaration}");
    }
    for declaration in "<?xml?>|<?xml ?>|<?xml version='1.1'?>|<?xml version='2.0'?>|\
        <?xml encoding='UTF-8'?>|<?xml encoding='UTF-8' version='1.0'?>|\
        <?xml version='1.0' encoding='UTF-16'?>|\
        <?xml version='1.0' encoding='ISO-8859-1'?>|\
        <?xml version='1.0' standalone='maybe'?>|\
        <?xml version='1.0' standalone='yes' encoding='UTF-8'?>|\
        <?xml version='1.0' version='1.0'?>|<?xml version='1.0' unknown='1'?>|\
        <?xml version='1.0'encoding='UTF-8'?>|<?xml version='1.0' x?>"
        .split('|')
    {
        let document = format!("{declaration}{}", plain());
        assert_eq!(refusal(&document), (ErrorKind::Encoding, ""), "{declaration}");
    }
    assert_eq!(refusal(&format!("\u{feff}\u{feff}{}", plain())), (ErrorKind::Syntax, ""));
}

#[test]
fn other_encodings_and_characters_are_refused() {
    let kind = |document: &[u8]| decode(document).expect_err("refused").kind();
    let utf_16 = plain().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert_eq!(kind(&utf_16), ErrorKind::Encoding);
    let mut latin = plain().into_bytes();
    latin[100] = 0xe9;
    assert_eq!(kind(&latin), ErrorKind::Encoding);
    for c in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        assert_eq!(refusal(&with_user(&c.to_string())).0, ErrorKind::Encoding);
    }
    assert_eq!(kind(b""), ErrorKind::Root);
    assert_eq!(kind(b" \n"), ErrorKind::Root);
    assert_eq!(user_of(&with_user("a\u{85}\u{2028}\u{10ffff}b")), "a\u{85}\u{2028}\u{10ffff}b");
}

#[test]
fn comments_and_sections_do_not_cut_a_text() {
    for text in [
        "sip:alice@example.org<!-- .evil -->",
        "<!---->sip:alice<!-- <a> ]]> & -->@example.org",
        "<![CDATA[sip:alice@example.org]]>",
        "sip:<![CDATA[alice]]>@<!-- -->example<![CDATA[]]>.org",
        "\r\n\tsip:alice@example.org ",
        "sip:alice&#64;example.org",
    ] {
        assert_eq!(user_of(&with_user(text)), "sip:alice@example.org", "{text}");
    }
    for parts in all() {
        let document = parts.document();
        let commented = document.replace("><", "><!-- - --> <").replace("</", "<!-- -->\n</");
        let commented = commented.replace("<ErrorMsg><!-- - --> <", "<ErrorMsg><");
        let commented = format!("<!-- a -->{commented}<!-- b -->\n");
        // This adds white space to some texts, but only where it is ignored.
        let strings =
            ["Issuer", "KmsId", "ClientId", "DeviceId", "KeyName", "CarriedKeyName", "ErrorMsg"];
        let mut commented = commented;
        for name in strings {
            commented = commented.replace(&format!("<!-- -->\n</{name}>"), &format!("</{name}>"));
            commented =
                commented.replace(&format!("<!-- -->\n</ds:{name}>"), &format!("</ds:{name}>"));
        }
        assert_eq!(decode(commented.as_bytes()), decode(document.as_bytes()), "{commented}");
    }
    for text in
        ["a]]>b", "<!-- a -- b -->", "<!-- a --->", "<![cdata[a]]>", "<![CDATA[a", "<!a>", "<!-- a"]
    {
        assert_eq!(refusal(&with_user(text)), (ErrorKind::Syntax, "UserUri"), "{text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (document, kind) in [
        (format!("{}{}", plain(), plain()), ErrorKind::Syntax),
        (format!("{}x", plain()), ErrorKind::Syntax),
        (format!("{}&amp;", plain()), ErrorKind::Syntax),
        (format!("{}<![CDATA[ ]]>", plain()), ErrorKind::Syntax),
        (format!("{}</KmsRequest>", plain()), ErrorKind::Syntax),
        (format!("x{}", plain()), ErrorKind::Syntax),
        (plain().replace("</KmsUri>", "</kmsUri>"), ErrorKind::Syntax),
        (plain().replace("</KmsUri>", "</ KmsUri>"), ErrorKind::Syntax),
        (plain().replace("</KmsUri>", ""), ErrorKind::Content),
        (plain().replace("</KmsRequest>", ""), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<KmsUri a>"), ErrorKind::Attribute),
        (plain().replace("<KmsUri>", "<KmsUri a=b>"), ErrorKind::Attribute),
        (plain().replace("<KmsUri>", "<KmsUri o:a='1' o:a='2'>"), ErrorKind::Namespace),
        (plain().replace("<KmsUri>", "<KmsUri xml:a='1' xml:a='2'>"), ErrorKind::Attribute),
        (plain().replace("<KmsUri>", "<KmsUri xml:a='<'>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<KmsUri xml:a='1'xml:b='2'>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<KmsUri xml:a:b='1'>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<KmsUri 1='1'>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<KmsUri xml:='1'>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<a:b:c>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<1>"), ErrorKind::Syntax),
        (plain().replace("<KmsUri>", "<o:KmsUri>"), ErrorKind::Namespace),
        (plain().replace("<KmsUri>", "<KmsUri o:a='1'>"), ErrorKind::Namespace),
        (plain().replace("<KmsUri>", "<KmsUri xmlns:o=''>"), ErrorKind::Namespace),
        (plain().replace("<KmsUri>", "<KmsUri xmlns:xmlns='a'>"), ErrorKind::Namespace),
        (plain().replace("<KmsUri>", "<KmsUri xmlns:xml='a'>"), ErrorKind::Namespace),
        (
            plain().replace("<KmsUri>", "<KmsUri xmlns:a='http://www.w3.org/XML/1998/namespace'>"),
            ErrorKind::Namespace,
        ),
        (plain().replace("<KmsUri>", "<KmsUri xmlns:o='a\n'>"), ErrorKind::Namespace),
    ] {
        assert_eq!(refusal(&document).0, kind, "{document}");
    }
    let spaced = plain().replace("</KmsUri>", "</KmsUri\n >").replace("Id=", "\n Id = ");
    assert_eq!(Request::from_xml(spaced.as_bytes()), Ok(request()));
}

#[test]
fn what_is_skipped_is_well_formed_too() {
    let with = |inside: &str| {
        plain().replace("</KmsRequest>", &format!("<o:x xmlns:o='o'>{inside}</o:x></KmsRequest>"))
    };
    assert_eq!(Request::from_xml(with("a<o:b>&lt;</o:b><![CDATA[]]>").as_bytes()), Ok(request()));
    for (inside, kind) in [
        ("<p:y/>", ErrorKind::Namespace),
        ("<o:y a='1' a='2'/>", ErrorKind::Attribute),
        ("<o:y a='&b;'/>", ErrorKind::Reference),
        ("&b;", ErrorKind::Reference),
        ("]]>", ErrorKind::Syntax),
        ("<o:y>", ErrorKind::Syntax),
        ("<?a?>", ErrorKind::Instruction),
        ("<!DOCTYPE a>", ErrorKind::Doctype),
    ] {
        assert_eq!(refusal(&with(inside)).0, kind, "{inside}");
    }
}

#[test]
fn documents_are_limited() {
    let limits = Limits { octets: 2_000, depth: 8, attributes: 4, text: 100 };
    let kind = |document: &str| {
        let read = Request::from_xml_within(document.as_bytes(), &limits);
        read.map(|_| ()).map_err(|error| error.kind())
    };
    let plain = plain();
    assert_eq!(kind(&plain), Ok(()));
    let padded = |len: usize| format!("{plain}{}", " ".repeat(len - plain.len()));
    assert_eq!(kind(&padded(2_000)), Ok(()));
    assert_eq!(kind(&padded(2_001)), Err(ErrorKind::TooLarge));

    // The request is one element, and seven more may be nested in it.
    let deep = |depth| {
        let (open, close) = ("<o:x xmlns:o='o'>".repeat(depth), "</o:x>".repeat(depth));
        plain.replace("</KmsRequest>", &format!("{open}{close}</KmsRequest>"))
    };
    let limits_of_names = Limits { attributes: 64, ..limits };
    let kind_of_deep = |depth| {
        let read = Request::from_xml_within(deep(depth).as_bytes(), &limits_of_names);
        read.map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(kind_of_deep(7), Ok(()));
    assert_eq!(kind_of_deep(8), Err(ErrorKind::TooDeep));

    let attributes = |number: usize| {
        let text = (0..number).fold(String::new(), |text, n| format!("{text} xml:a{n}=''"));
        plain.replace("<KmsUri>", &format!("<KmsUri{text}>"))
    };
    assert_eq!(kind(&attributes(4)), Ok(()));
    assert_eq!(kind(&attributes(5)), Err(ErrorKind::TooMany));
    let namespaces = |number: usize| {
        let text = (0..number).fold(String::new(), |text, n| format!("{text} xmlns:a{n}='a'"));
        plain.replace("<KmsUri>", &format!("<KmsUri{text}>"))
    };
    // One more is in force around it.
    assert_eq!(kind(&namespaces(3)), Ok(()));
    assert_eq!(kind(&namespaces(4)), Err(ErrorKind::TooMany));

    let user = |text: &str| plain.replace("sip:alice@example.org", text);
    assert_eq!(kind(&user(&"a".repeat(100))), Ok(()));
    assert_eq!(kind(&user(&"a".repeat(101))), Err(ErrorKind::TooLong));
    assert_eq!(kind(&user(&"a<!-- -->".repeat(101))), Err(ErrorKind::TooLong));
    assert_eq!(kind(&plain.replace("xmldoc", &"a".repeat(100))), Ok(()));
    assert_eq!(kind(&plain.replace("xmldoc", &"a".repeat(101))), Err(ErrorKind::TooLong));
    let deepest = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(refusal(&deepest).0, ErrorKind::Root);
    let deepest = plain.replace("<KmsUri>", &format!("<KmsUri>{deepest}"));
    assert_eq!(refusal(&deepest).0, ErrorKind::Content);
    let deepest = plain.replace("</KmsRequest>", &"<o:x xmlns:o='o'>".repeat(100));
    assert_eq!(refusal(&deepest).0, ErrorKind::TooMany);
    let deepest =
        plain.replace("</KmsRequest>", &"<x xmlns='o'>".repeat(10)) + &"<x>".repeat(1_000);
    assert_eq!(refusal(&deepest).0, ErrorKind::TooDeep);
}

/// Namespaces in XML 6.3: an attribute is identified by its namespace and local name, whatever its prefix.
#[test]
fn two_attributes_of_one_name_are_refused() {
    let element = |attributes: &str| format!("<KmsUri {attributes}>");
    for (attributes, is_refused) in [
        ("xmlns:a='u' xmlns:b='u' a:y='1' b:y='2'", true),
        ("xmlns:a='u' xmlns:b='u' a:x='1' a:y='1' b:y='1'", true),
        ("a:y='1' b:y='2' xmlns:a='u' xmlns:b='u'", true),
        ("xmlns:a='u' xmlns:b='v' a:y='1' b:y='2'", false),
        ("xmlns:a='u' xmlns:b='u' a:y='1' b:z='2'", false),
        ("xmlns:a='u' xmlns:b='U' a:y='1' b:y='2'", false),
        ("xmlns:a='u' a:lang='1' xml:lang='2'", false),
    ] {
        let document = plain().replace("<KmsUri>", &element(attributes));
        let skipped = format!("<o:KmsUri xmlns:o='o' {attributes}/></KmsRequest>");
        let skipped = plain().replace("</KmsRequest>", &skipped);
        for document in [document, skipped] {
            let kind = Request::from_xml(document.as_bytes()).map(drop).map_err(|e| e.kind());
            let expected = if is_refused { Err(ErrorKind::Attribute) } else { Ok(()) };
            assert_eq!(kind, expected, "{document}");
        }
    }
    // An attribute without a prefix is in no namespace.
    let beside = "<o:x xmlns:o='o' xmlns:p='o' o:y='1' y='2'/></KmsRequest>";
    let document = plain().replace("</KmsRequest>", beside);
    assert_eq!(user_of(&document), "sip:alice@example.org");
}

#[test]
fn a_document_that_ends_early_is_refused() {
    for parts in all().into_iter().take(4) {
        let document = parts.document();
        for end in 0..document.len() {
            assert!(decode(&document.as_bytes()[..end]).is_err(), "{}", &document[..end]);
        }
    }
}

#[test]
fn octets_are_changed() {
    let changes = [0, b' ', b'<', b'&', b'"', b'/', b'1', b'x', b':', 0xff];
    for parts in all().into_iter().take(3) {
        let document = parts.document().into_bytes();
        let mut accepted = 0;
        for index in 0..document.len() {
            let mut changed = document.clone();
            changed[index] = changes[index % changes.len()];
            // If it is still a document, it is written and read again.
            if let Ok(decoded) = decode(&changed) {
                let written = encode(&decoded).expect("written");
                assert_eq!(decode(&written), Ok(decoded));
                accepted += 1;
            }
        }
        assert!(accepted > 0);
    }
}
