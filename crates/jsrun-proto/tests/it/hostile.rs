//! No bytes panic, hang or exhaust the decoder: they are messages or an error.

use std::time::Duration;

use jsrun_proto::{
    Decoder, FrameError, FromWorker, FromZygote, MAX_NODES, Message, ToWorker, ToZygote, encode,
};
use jsrun_types::{
    ConsoleEvent, ConsoleLevel, Entry, Event, Exception, Key, MAX_PREVIEW_DEPTH, ObjectKind, ObjectPreview,
    Outcome, Preview, RunRequest, StackFrame, Status, Usage,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn garbage_gives_messages_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drain::<FromWorker>(&bytes);
        drain::<FromZygote>(&bytes);
        drain::<ToWorker>(&bytes);
        drain::<ToZygote>(&bytes);
    }

    #[test]
    fn a_frame_of_garbage_gives_a_message_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        drain::<FromWorker>(&frame(&body));
        drain::<FromZygote>(&frame(&body));
    }

    #[test]
    fn a_flipped_byte_gives_a_message_or_an_error(place in 0usize..200, flip in 1u8..) {
        let mut bytes = encode(&outcome(nested(5))).expect("fits");
        let place = place % bytes.len();
        bytes[place] ^= flip;
        drain::<FromWorker>(&bytes);
    }
}

/// Decodes until nothing comes any more. Ends, since every message takes at least its length out of the stream.
fn drain<M: Message>(bytes: &[u8]) {
    let mut decoder = Decoder::<M>::new();
    decoder.feed(bytes);
    while let Ok(Some(_)) = decoder.next_message() {}
}

#[test]
fn a_truncated_frame_waits_for_the_rest() {
    let bytes = encode(&outcome(Preview::Null)).expect("fits");
    for end in 0..bytes.len() {
        let mut decoder = Decoder::<FromWorker>::new();
        decoder.feed(&bytes[..end]);
        assert!(matches!(decoder.next_message(), Ok(None)), "cut at {end}");
        assert_eq!(decoder.buffered(), end);
        decoder.feed(&bytes[end..]);
        assert_eq!(decoder.next_message().expect("whole"), Some(outcome(Preview::Null)));
    }
}

#[test]
fn a_body_cut_short_is_malformed() {
    let bytes = encode(&outcome(nested(3))).expect("fits");
    let body = &bytes[4..];
    for end in 0..body.len() {
        let mut decoder = Decoder::<FromWorker>::new();
        decoder.feed(&frame(&body[..end]));
        assert!(matches!(decoder.next_message(), Err(FrameError::Malformed(_))), "cut at {end}");
    }
}

#[test]
fn an_oversized_length_is_refused_before_its_body_comes() {
    for length in [u32::try_from(FromWorker::MAX_FRAME).expect("small") + 1, u32::MAX] {
        let mut decoder = Decoder::<FromWorker>::new();
        decoder.feed(&length.to_le_bytes());
        assert!(matches!(decoder.next_message(), Err(FrameError::TooLarge { .. })));
        assert!(matches!(decoder.next_message(), Err(FrameError::TooLarge { .. })), "the error stays");
    }
}

#[test]
fn an_oversized_message_is_not_encoded() {
    let text = "x".repeat(FromWorker::MAX_FRAME);
    assert!(matches!(encode(&FromWorker::Failed(text)), Err(FrameError::TooLarge { .. })));
}

#[test]
fn a_program_of_ten_mebibytes_fits() {
    let message = ToWorker::Run(RunRequest::new("x".repeat(10 << 20)));
    let mut decoder = Decoder::new();
    decoder.feed(&encode(&message).expect("fits"));
    assert_eq!(decoder.next_message().expect("decodes"), Some(message));
    assert!(decoder.is_empty());
}

#[test]
fn bytes_after_the_message_are_an_error() {
    let bytes = encode(&FromWorker::Ready).expect("fits");
    let mut body = bytes[4..].to_vec();
    body.push(0);
    let mut decoder = Decoder::<FromWorker>::new();
    decoder.feed(&frame(&body));
    assert!(matches!(decoder.next_message(), Err(FrameError::TrailingBytes { count: 1 })));
}

#[test]
fn a_tree_that_is_too_deep_is_an_error() {
    let deepest = encode(&outcome(nested(MAX_PREVIEW_DEPTH))).expect("fits");
    let mut decoder = Decoder::<FromWorker>::new();
    decoder.feed(&deepest);
    assert!(decoder.next_message().expect("just deep enough").is_some());
    decoder.feed(&encode(&outcome(nested(MAX_PREVIEW_DEPTH + 1))).expect("fits"));
    assert!(matches!(decoder.next_message(), Err(FrameError::Malformed(_))));
}

#[test]
fn a_tree_of_a_million_levels_does_not_exhaust_the_stack() {
    // `Preview::Object` whose kind is `Boxed`, again and again: the discriminants as postcard writes them.
    let level =
        encode(&outcome(object(ObjectKind::Boxed(Box::new(Preview::Null)), Vec::new()))).expect("fits");
    // Length, `Outcome`, `Ok`, then the object: its discriminant, its id, its kind's discriminant.
    let (head, object) = (&level[4..6], &level[6..9]);
    let mut body = head.to_vec();
    for _ in 0..1_000_000 {
        body.extend_from_slice(object);
    }
    let mut decoder = Decoder::<FromWorker>::new();
    decoder.feed(&frame(&body));
    assert!(matches!(decoder.next_message(), Err(FrameError::Malformed(_))));
}

#[test]
fn too_many_nodes_are_an_error() {
    let entries = |count: u64| {
        (0..count)
            .map(|_| Entry { key: Key::Element, value: object(ObjectKind::Object, Vec::new()) })
            .collect()
    };
    let mut decoder = Decoder::<FromWorker>::new();
    // The array is one node, each of its entries one, and the object there another.
    let most = (MAX_NODES - 1) / 2;
    decoder.feed(&encode(&outcome(object(ObjectKind::Array(0), entries(most)))).expect("fits"));
    assert!(decoder.next_message().expect("just few enough").is_some());
    decoder.feed(&encode(&outcome(object(ObjectKind::Array(0), entries(most + 1)))).expect("fits"));
    assert!(matches!(decoder.next_message(), Err(FrameError::Malformed(_))));
}

#[test]
fn arguments_and_stack_frames_are_nodes() {
    let event = |count: u64| {
        FromWorker::Event(Event::Console(ConsoleEvent {
            level: ConsoleLevel::Log,
            args: (0..count).map(|_| Preview::Null).collect(),
            text: String::new(),
            position: None,
            group: 0,
            time: Duration::ZERO,
        }))
    };
    let error = |count: u64| {
        let frames = (0..count).map(|_| StackFrame { function: None, position: None }).collect();
        let exception = Exception { frames, ..Exception::new("Error", "") };
        FromWorker::Outcome(Outcome { status: Status::Error(exception), usage: Usage::default() })
    };
    let decode = |message: &FromWorker| {
        let mut decoder = Decoder::<FromWorker>::new();
        decoder.feed(&encode(message).expect("fits"));
        decoder.next_message()
    };
    let few = event(MAX_NODES);
    assert_eq!(decode(&few).expect("just few enough"), Some(few));
    assert!(matches!(decode(&event(MAX_NODES + 1)), Err(FrameError::Malformed(_))));
    // The cause that the exception does not have is one.
    let few = error(MAX_NODES - 1);
    assert_eq!(decode(&few).expect("just few enough"), Some(few));
    assert!(matches!(decode(&error(MAX_NODES)), Err(FrameError::Malformed(_))));
}

#[test]
fn a_length_that_lies_inside_a_message_reserves_no_memory() {
    // `Failed` with a string of 2⁶³ bytes, of which none follow.
    let mut body = encode(&FromWorker::Failed(String::new())).expect("fits")[4..5].to_vec();
    body.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    let mut decoder = Decoder::<FromWorker>::new();
    decoder.feed(&frame(&body));
    assert!(matches!(decoder.next_message(), Err(FrameError::Malformed(_))));
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len()).expect("small").to_le_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

fn outcome(value: Preview) -> FromWorker {
    FromWorker::Outcome(Outcome { status: Status::Ok(value), usage: Usage::default() })
}

fn nested(levels: u32) -> Preview {
    (0..levels).fold(Preview::Null, |inner, _| {
        object(ObjectKind::Object, vec![Entry { key: Key::Property("a".to_owned()), value: inner }])
    })
}

fn object(kind: ObjectKind, entries: Vec<Entry>) -> Preview {
    Preview::Object(Box::new(ObjectPreview {
        id: 1,
        kind,
        class: None,
        tag: None,
        entries,
        omitted: 0,
        collapsed: false,
    }))
}
