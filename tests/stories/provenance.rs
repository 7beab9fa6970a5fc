//! What a provider says in a picture of how it was made: whoever gets the picture gets that, too.

use bytes::Bytes;
use http::Request;

use super::ingest::running;
use super::world::{Page, World, chunk, png};

/// The signature and the header of a PNG.
const HEAD: usize = 8 + 25;

/// A picture with a C2PA manifest, and with IPTC's source type for what AI has made, as XMP and as Exif have it. Where
/// they are in a PNG: <https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html> (A.3.2),
/// and <https://www.w3.org/TR/png-3/>, 11.3.
fn marked() -> Bytes {
    let source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    let manifest = chunk(
        *b"caBX",
        b"\0\0\0\x20jumb\0\0\0\x18jumdc2pa\0\x11\0\x10\x80\0\0\xaa",
    );
    let text = format!("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>{source}</x:xmpmeta>");
    let xmp = chunk(*b"iTXt", text.as_bytes());
    let exif = chunk(*b"eXIf", b"II*\0\x08\0\0\0\0\0\0\0\0\0");
    let plain = png("made by AI");
    let parts = [&plain[..HEAD], &manifest, &xmp, &exif, &plain[HEAD..]];
    parts.concat().into()
}

#[tokio::test]
async fn the_marks_of_ai_in_a_result_are_stored_and_sent_as_they_came() {
    let world = World::new();
    world.grant("ada", 20).await;
    let (ada, job) = running(&world, 1).await;
    let results = world.outside.finish("task-1", 1);
    world.pictures.next_at(&results[0], [Page::Bytes(marked())]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let link = ada.job(&job).await["images"][0]["url"].clone();
    let path = link.as_str().unwrap().replace("https://app.test", "");
    let sent = world.send(Request::get(path).body(Bytes::new()).unwrap());
    let sent = sent.await;
    assert_eq!((sent.status, sent.bytes), (200, marked()));
    // Wherever it is saved, its name says so as well.
    let named = sent.headers["content-disposition"].to_str().unwrap();
    assert!(named.ends_with("-1-ai.png\""), "{named}");
    world.check().await;
}
