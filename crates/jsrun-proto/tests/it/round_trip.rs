//! What is encoded decodes as the same, however the stream is cut.

use std::time::Duration;

use jsrun_proto::{Decoder, ExitStatus, FromWorker, FromZygote, Message, ToWorker, encode};
use jsrun_types::{
    Attempt, AttemptReport, AttemptResult, ByteSize, ConsoleEvent, ConsoleLevel, Entry, Event, Exception,
    Key, Language, LayerReport, LayerState, LimitKind, Limits, ObjectKind, ObjectPreview, Outcome, Position,
    Preview, ProgramKind, RunRequest, SandboxLayer, SandboxReport, StackFrame, Status, StringPreview, Usage,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #[test]
    fn messages_to_a_worker(messages in vec(to_worker(), 1..4), cuts in vec(1usize..40, 1..20)) {
        assert_round_trip(&messages, &cuts);
    }

    #[test]
    fn messages_from_a_worker(messages in vec(from_worker(), 1..6), cuts in vec(1usize..40, 1..20)) {
        assert_round_trip(&messages, &cuts);
    }

    #[test]
    fn messages_from_the_zygote(messages in vec(from_zygote(), 1..6), cuts in vec(1usize..40, 1..20)) {
        assert_round_trip(&messages, &cuts);
    }
}

fn assert_round_trip<M: Message + PartialEq + std::fmt::Debug>(messages: &[M], cuts: &[usize]) {
    let stream: Vec<u8> =
        messages.iter().flat_map(|message| encode(message).expect("messages of this size fit")).collect();
    let mut decoder = Decoder::new();
    let mut messages_back: Vec<M> = Vec::new();
    let mut rest = stream.as_slice();
    for cut in cuts.iter().cycle() {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        decoder.feed(now);
        while let Some(message) = decoder.next_message().expect("what we encoded decodes") {
            messages_back.push(message);
        }
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(messages_back, messages);
    assert!(decoder.is_empty());
}

pub(crate) fn to_worker() -> impl Strategy<Value = ToWorker> {
    prop_oneof![Just(ToWorker::Cancel), run_request().prop_map(ToWorker::Run),]
}

fn run_request() -> impl Strategy<Value = RunRequest> {
    let language = select(&[Language::JavaScript, Language::TypeScript][..]);
    let kind = select(&[ProgramKind::Program, ProgramKind::Module][..]);
    let files = btree_map(any::<String>(), any::<String>(), 0..4);
    (any::<String>(), any::<String>(), language, kind, files, any::<bool>(), limits()).prop_map(
        |(code, name, language, kind, files, keep_value, limits)| RunRequest {
            code,
            name,
            language,
            kind,
            files,
            keep_value,
            limits,
        },
    )
}

pub(crate) fn from_worker() -> impl Strategy<Value = FromWorker> {
    prop_oneof![
        Just(FromWorker::Ready),
        console_event().prop_map(|event| FromWorker::Event(Event::Console(event))),
        (status(), usage()).prop_map(|(status, usage)| FromWorker::Outcome(Outcome { status, usage })),
        any::<String>().prop_map(FromWorker::Failed),
        attempt().prop_map(FromWorker::Tested),
    ]
}

pub(crate) fn from_zygote() -> impl Strategy<Value = FromZygote> {
    prop_oneof![
        (option::of(sandbox()), any::<u64>())
            .prop_map(|(sandbox, program)| FromZygote::Hello { sandbox, program: ByteSize::bytes(program) }),
        any::<u32>().prop_map(|pid| FromZygote::Spawned { pid }),
        any::<i32>().prop_map(|errno| FromZygote::SpawnFailed { errno }),
        (any::<u32>(), exit_status(), any::<Duration>(), any::<u64>()).prop_map(
            |(pid, status, cpu, memory)| {
                FromZygote::Exited { pid, status, cpu, memory: ByteSize::bytes(memory) }
            }
        ),
    ]
}

fn sandbox() -> impl Strategy<Value = SandboxReport> {
    let state = prop_oneof![".{0,100}".prop_map(LayerState::Holds), ".{0,100}".prop_map(LayerState::Missing)];
    let layer =
        (select(&SandboxLayer::ALL[..]), state).prop_map(|(layer, state)| LayerReport { layer, state });
    (vec(layer, 0..8), vec(attempt(), 0..20))
        .prop_map(|(layers, attempts)| SandboxReport { layers, attempts })
}

fn attempt() -> impl Strategy<Value = AttemptReport> {
    let result = prop_oneof![any::<i32>().prop_map(AttemptResult::Denied), Just(AttemptResult::Succeeded)];
    (select(&Attempt::ALL[..]), result).prop_map(|(attempt, result)| AttemptReport { attempt, result })
}

fn exit_status() -> impl Strategy<Value = ExitStatus> {
    prop_oneof![any::<i32>().prop_map(ExitStatus::Code), any::<i32>().prop_map(ExitStatus::Signal)]
}

fn limits() -> impl Strategy<Value = Limits> {
    (any::<Duration>(), any::<Duration>(), any::<u64>(), any::<u64>()).prop_map(
        |(wall, cpu, memory, output)| Limits {
            wall,
            cpu,
            memory: ByteSize::bytes(memory),
            output: ByteSize::bytes(output),
        },
    )
}

fn usage() -> impl Strategy<Value = Usage> {
    (any::<Duration>(), any::<Duration>(), any::<u64>(), any::<u64>(), any::<u64>()).prop_map(
        |(wall, cpu, heap, memory, output)| Usage {
            wall,
            cpu,
            peak_heap: ByteSize::bytes(heap),
            peak_memory: ByteSize::bytes(memory),
            output: ByteSize::bytes(output),
        },
    )
}

fn console_event() -> impl Strategy<Value = ConsoleEvent> {
    (vec(preview(), 0..4), any::<String>(), option::of(position()), any::<u32>(), any::<Duration>()).prop_map(
        |(args, text, position, group, time)| ConsoleEvent {
            level: ConsoleLevel::GroupCollapsed,
            args,
            text,
            position,
            group,
            time,
        },
    )
}

fn position() -> impl Strategy<Value = Position> {
    (any::<String>(), any::<u32>(), any::<u32>()).prop_map(|(file, line, column)| Position {
        file,
        line,
        column,
    })
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        preview().prop_map(Status::Ok),
        exception().prop_map(Status::Error),
        Just(Status::Limit(LimitKind::Output)),
        Just(Status::Cancelled),
        Just(Status::Crashed),
    ]
}

fn exception() -> impl Strategy<Value = Exception> {
    let frame = (option::of(any::<String>()), option::of(position()))
        .prop_map(|(function, position)| StackFrame { function, position });
    let flat = (option::of(any::<String>()), any::<String>(), option::of(position()), vec(frame, 0..3))
        .prop_map(|(name, message, position, frames)| Exception {
            name,
            message,
            stack: None,
            position,
            frames,
            cause: None,
        });
    flat.prop_recursive(4, 4, 1, |inner| {
        inner.prop_map(|cause| Exception {
            name: None,
            message: String::new(),
            stack: Some("at main.js:1:1".to_owned()),
            position: None,
            frames: Vec::new(),
            cause: Some(Box::new(cause)),
        })
    })
}

fn preview() -> impl Strategy<Value = Preview> {
    let leaf = prop_oneof![
        Just(Preview::Undefined),
        any::<bool>().prop_map(Preview::Boolean),
        // NaN is not equal to itself.
        proptest::num::f64::NORMAL.prop_map(Preview::Number),
        any::<String>().prop_map(Preview::BigInt),
        (any::<String>(), any::<u32>())
            .prop_map(|(text, omitted)| Preview::String(StringPreview { text, omitted })),
        any::<u32>().prop_map(Preview::Circular),
    ];
    leaf.prop_recursive(5, 30, 5, |inner| {
        let key = prop_oneof![
            Just(Key::Element),
            any::<String>().prop_map(Key::Property),
            inner.clone().prop_map(|key| Key::MapKey(Box::new(key))),
        ];
        let kind = prop_oneof![
            Just(ObjectKind::Object),
            any::<u32>().prop_map(ObjectKind::Map),
            inner.clone().prop_map(|boxed| ObjectKind::Boxed(Box::new(boxed))),
        ];
        let entry = (key, inner).prop_map(|(key, value)| Entry { key, value });
        (any::<u32>(), kind, option::of(any::<String>()), vec(entry, 0..5)).prop_map(
            |(id, kind, class, entries)| {
                Preview::Object(Box::new(ObjectPreview {
                    id,
                    kind,
                    class,
                    tag: None,
                    entries,
                    omitted: 0,
                    collapsed: false,
                }))
            },
        )
    })
}
