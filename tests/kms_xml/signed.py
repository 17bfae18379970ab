#!/usr/bin/env python3
"""Makes signed.json and forms.json with two libraries that share no code with the crate.

xmlsec1, which must be on the PATH, signs and verifies. libxml2, from the package lxml, canonicalises. The present files
were made with xmlsec1 1.2.37, and with lxml 6.1.3 and its libxml2 2.14.6."""

import io
import itertools
import json
import pathlib
import re
import subprocess
import tempfile

from lxml import etree

HERE = pathlib.Path(__file__).resolve().parent
KEY = bytes(range(32))
KMS = "urn:3gpp:ns:mcsecKMSInterface:1.0"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

# The canonicalisations: the algorithm, whether comments are kept, and the prefixes.
METHODS = {
    "inclusive": (INCLUSIVE, False, None),
    "inclusive with comments": (INCLUSIVE, True, None),
    "exclusive": (EXCLUSIVE, False, []),
    "exclusive with comments": (EXCLUSIVE, True, []),
    "exclusive with prefixes": (EXCLUSIVE, False, ["x", "#default", "nobody's"]),
    "exclusive with comments and prefixes": (EXCLUSIVE, True, ["x", "k"]),
}

# The targets of a reference: the URI, whether there is an enveloped signature, and whether a canonicalisation is named.
TARGETS = {
    "message": ("#inner", False, True),
    "message, enveloped": ("#inner", True, True),
    "message, no transform": ("#inner", False, False),
    "whole": ("", True, True),
    "whole by its name": ("#outer", True, True),
    "whole, no canonicalisation": ("", True, False),
}

COMPACT = (
    f'<SignedKmsResponse xmlns="{KMS}" Id="outer"><KmsResponse Id="inner" Version="1.0.0">'
    "<UserUri>sip:alice@example.org</UserUri><KmsUri>kms.example.org</KmsUri>"
    "<Time>2021-05-10T11:23:02Z</Time><ClientReqUrl>https://k/?a&amp;b</ClientReqUrl>"
    "<Signature-ID>0000000b</Signature-ID></KmsResponse>SIGNATURE</SignedKmsResponse>")

INDENTED = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- before -->
<SignedKmsResponse xmlns="{KMS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Id="outer">
  <KmsResponse Version="1.0.0" Id="inner">
    <UserUri>sip:alice@example.org</UserUri>
    <KmsUri>kms.example.org</KmsUri>
    <Time>2021-05-10T11:23:02Z</Time>
    <ClientReqUrl>https://k/?a&amp;b</ClientReqUrl>
    <Signature-ID>0000000b</Signature-ID>
  </KmsResponse>
  SIGNATURE
</SignedKmsResponse>
<!-- after -->
"""

PREFIXED = f"""<k:SignedKmsResponse xmlns:ds="{DS}" xmlns:x="urn:x" xml:lang="en" xmlns:k="{KMS}" Id='outer'>
\t<k:KmsResponse Version = '1.0.0' x:of='&#9;"x"' Id="inner"><!-- who -->
\t\t<k:UserUri>sip:alice&#64;example.org</k:UserUri>
\t\t<k:KmsUri><![CDATA[kms.example.org]]></k:KmsUri>
\t\t<k:Time>2021-05-10T11:23:02Z</k:Time ><k:ClientReqUrl>https://k/?a&#x26;b</k:ClientReqUrl>
\t\t<k:Signature-ID>0000000b</k:Signature-ID>
\t\t<x:y xmlns=""><z a="1"/><x:z xmlns:x="urn:x"/></x:y><y xmlns='urn:y'><x:y xmlns="urn:y"/></y>
\t</k:KmsResponse>
SIGNATURE</k:SignedKmsResponse>"""

LINES = f"""\ufeff<?xml version='1.0'?>\r
<SignedKmsResponse Id="outer" xmlns:k="{KMS}" xmlns="{KMS}">\r
<k:KmsResponse Id="inner" Version="1.0.0" xml:space="preserve">\r
<UserUri>sip:alice@example.org</UserUri>\r
<KmsUri>kms.example.org<!--\r
--></KmsUri><Time>2021-05-10T11:23:02Z</Time>\r
<ClientReqUrl>https://k/?a&amp;<![CDATA[b]]></ClientReqUrl>\r
<k:Signature-ID>0000000b</k:Signature-ID>\r
<o xmlns="urn:o">&#13;&gt;]]&gt;\u00fc\U0001f511</o></k:KmsResponse>SIGNATURE\r
</SignedKmsResponse>"""

# The styles: the document, the prefix of its signature, and what is between the elements of the signature.
STYLES = {
    "compact": (COMPACT, "", ""),
    "indented": (INDENTED, "", "\n    "),
    "prefixed": (PREFIXED, "ds:", "\n\t\t"),
    "lines": (LINES, "", "<!-- between -->\r\n"),
}


def algorithm(name, uri, prefix, inside=""):
    return f'<{prefix}{name} Algorithm="{uri}">{inside}</{prefix}{name}>'


def canonicalisation(name, method, prefix):
    uri, comments, prefixes = METHODS[method]
    uri += ("WithComments" if uri.endswith("#") else "#WithComments") if comments else ""
    inside = ""
    if prefixes:
        inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{" ".join(prefixes)}"/>'
    return algorithm(name, uri, prefix, inside)


def template(style, method, target):
    document, prefix, between = STYLES[style]
    uri, enveloped, named = TARGETS[target]
    transforms = [algorithm("Transform", DS + "enveloped-signature", prefix)] if enveloped else []
    if named:
        transforms.append(canonicalisation("Transform", method, prefix))
    transforms = "".join(transforms) and [f"<{prefix}Transforms>", *transforms, f"</{prefix}Transforms>"]
    declared = "" if prefix else f' xmlns="{DS}"'
    signature = between.join([
        f"<{prefix}Signature{declared}>", f"<{prefix}SignedInfo>",
        canonicalisation("CanonicalizationMethod", method, prefix),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", prefix),
        f'<{prefix}Reference URI="{uri}">', *transforms,
        algorithm("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256", prefix),
        f"<{prefix}DigestValue></{prefix}DigestValue>", f"</{prefix}Reference>", f"</{prefix}SignedInfo>",
        f"<{prefix}SignatureValue></{prefix}SignatureValue>", f"</{prefix}Signature>"])
    return document.replace("SIGNATURE", signature)


def xmlsec(command, document, *options):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key").write_bytes(KEY)
        (folder / "document").write_bytes(document.encode())
        run = subprocess.run(
            ["xmlsec1", command, "--hmackey", folder / "key", "--id-attr:Id", f"{KMS}:KmsResponse", "--id-attr:Id",
             f"{KMS}:SignedKmsResponse", *options, folder / "document"], capture_output=True, check=True)
        return run.stdout.decode()


def signed(style, method, target):
    """The template with the values of xmlsec1. Its output is not used, because it writes the document in another way."""
    document = template(style, method, target)
    output = xmlsec("--sign", document)
    for name in ("DigestValue", "SignatureValue"):
        start, value = re.search(rf"(<[a-z:]*{name}>)([^<]+)</", output).groups()
        document = document.replace(f"{start}</", f"{start}{value}</")
    xmlsec("--verify", document)
    return document


# More documents without a signature: the examples of Canonical XML 1.0 that contain neither a document type nor a
# processing instruction, and other cases that are easy to get wrong.
ODD = [
    "<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->",
    "<!--1--><!--2\r\n--><doc/>",
    "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n"
    "      B\n      <dirty>   A   B   </dirty>\n      C\n   </mixed>\n</doc>",
    '<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = "elem3"   id="elem3"   />\n'
    '   <e4   name="elem4"   id="elem4"   ></e4>\n'
    '   <e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m"\n'
    '      xmlns:b="http://www.ietf.org"\n      xmlns:a="http://www.w3.org"\n      xmlns="http://example.org"/>\n'
    '   <e6 xmlns="" xmlns:a="http://www.w3.org">\n      <e7 xmlns="http://www.ietf.org">\n'
    '         <e8 xmlns="" xmlns:a="http://www.w3.org">\n            <e9 xmlns="" xmlns:a="http://www.ietf.org"/>\n'
    "         </e8>\n      </e7>\n   </e6>\n</doc>",
    "<doc>\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n"
    '   <compute><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></compute>\n'
    '   <compute expr=\'value>"0" &amp;&amp; value&lt;"10" ?"valid":"error"\'>valid</compute>\n'
    "   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>",
    "<doc>\u00a9</doc>",
    "<a b='1\r\n2\r3\n4\t5' c='&#13;&#10;&#9;&#xD;'>1\r\n2\r3\n4\r\r\n<![CDATA[5\r6\r\n]]>\r<!--\r-->\n</a>\r\n",
    "<a><![CDATA[]]><![CDATA[]]]]><![CDATA[>&lt;]]>&lt;&gt;&amp;&quot;&apos;<![CDATA[]]></a>",
    "<a z='' y='&lt;&gt;&quot;' \u00fc='' _='' A='' a='' xml:lang='' xml:a='&amp;'><\u00e9 xml:lang='de'/></a>",
    "<p:a xmlns:p='urn:p' xmlns:q='urn:q' xmlns:x='urn:x'><q:b><p:c q:d=''/></q:b><p:c xmlns:p='urn:q' p:d=''/>"
    "<b xmlns='urn:x'><x:c/><c xmlns=''><x:d xmlns:x='urn:p'><p:e/></x:d></c></b></p:a>",
    "<a xmlns='urn:a' xmlns:x='urn:x'><b xmlns='urn:b'><b xmlns='urn:b'/><c xmlns=''><x:a/><c/></c></b>"
    "<x:b xmlns='' x:c=''><c/></x:b></a>",
    "<x:a xmlns:x='urn:x' xmlns='urn:a'><x:b><c/></x:b><x:b xmlns='urn:b'><x:c xmlns=''><x:d/><d/></x:c></x:b></x:a>",
    "<a xmlns:b='urn:2' xmlns:c='urn:1' b:a='' c:b='' c:a='' a='' d='' b:z='' xmlns:d='urn:a:b' d:a=''/>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:id='a'><b xmlns:k='urn:k'><k:c/><k:c/></b></a>",
    "<a xmlns=\"urn:'a'\" xmlns:x='http://x/?a=b;c'><x:b/></a>",
    "<a><b><c><d/></c></b>\u00e4\u20ac\U0001f600&#x1F600;\ufffd\ue000</a>",
]


def form(document, method):
    uri, comments, prefixes = METHODS[method]
    # lxml only passes on prefixes that occur in the document, and so never #default.
    prefixes = [prefix for prefix in prefixes or [] if prefix != "#default"]
    tree = etree.parse(io.BytesIO(document.encode()))
    out = io.BytesIO()
    tree.write_c14n(out, exclusive=uri == EXCLUSIVE, with_comments=comments, inclusive_ns_prefixes=prefixes or None)
    return out.getvalue().decode()


def write(name, tests):
    lines = ",\n".join(json.dumps(test, ensure_ascii=True) for test in tests)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


def main():
    write("signed.json", [
        {"style": style, "method": method, "target": target, "document": signed(style, method, target)}
        for style, method, target in itertools.product(STYLES, METHODS, TARGETS)])
    documents = ODD + [document.replace("SIGNATURE", "") for document, *_ in STYLES.values()]
    methods = [
        {"exclusive": None if prefixes is None else [p for p in prefixes if p != "#default"], "comments": comments}
        for _, comments, prefixes in METHODS.values()]
    write("forms.json", [
        {"method": method, "document": document, "form": form(document, name)}
        for document in documents for method, name in zip(methods, METHODS)])


if __name__ == "__main__":
    main()
