//! Frames that were right once, spoilt at random. A moment of it with every test; `make fuzz` for as long as one likes.

use std::time::{Duration, Instant};

use jsrun_proto::{Decoder, FromWorker, FromZygote, Message, ToWorker, encode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

use crate::round_trip::{from_worker, from_zygote, to_worker};

/// How many streams are tried when nobody says for how long to try.
const STREAMS: u64 = 2000;

/// What starts the random numbers when nobody says it: the same streams each time.
const SEED: u64 = 1;

/// How many streams come from one set of messages, which takes longer to make than to spoil.
const STREAMS_OF_A_SET: u64 = 50;

#[test]
fn spoilt_frames_give_messages_or_an_error() {
    let seed = number("JSRUN_FUZZ_SEED").unwrap_or(SEED);
    let end = number("JSRUN_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let config =
        Config { rng_algorithm: RngAlgorithm::ChaCha, rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut streams = 0;
    while end.map_or(streams < STREAMS, |end| Instant::now() < end) {
        let bases = [
            frames(&mut runner, &from_worker()),
            frames(&mut runner, &from_zygote()),
            frames(&mut runner, &to_worker()),
        ];
        for _ in 0..STREAMS_OF_A_SET {
            let stream = spoil(&bases, &mut random);
            // Each kind of message, whatever the frames were made for.
            decode::<FromWorker>(&stream, &mut random);
            decode::<FromZygote>(&stream, &mut random);
            decode::<ToWorker>(&stream, &mut random);
            streams += 1;
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text:?}")))
}

fn frames<M: Message>(runner: &mut TestRunner, strategy: &impl Strategy<Value = M>) -> Vec<u8> {
    let mut message = || strategy.new_tree(runner).expect("a strategy without filters").current();
    [message(), message(), message()].iter().flat_map(|message| encode(message).expect("fits")).collect()
}

/// A stream made of these, with a few mistakes.
fn spoil(bases: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.pick(bases).clone();
    for _ in 0..=random.below(4) {
        let place = random.below(bytes.len().max(1));
        match random.below(8) {
            0 => bytes.get_mut(place).into_iter().for_each(|byte| *byte ^= 1 << random.below(8)),
            1 => bytes.get_mut(place).into_iter().for_each(|byte| *byte = random.byte()),
            2 => bytes.insert(place, random.byte()),
            3 => drop(bytes.drain(place..(place + random.below(8)).min(bytes.len()))),
            4 => bytes.truncate(place),
            // Numbers that mean lengths, at their limits.
            5 => drop(bytes.splice(place..place, [0xff; 9])),
            6 => {
                let other = random.pick(bases);
                let start = random.below(other.len());
                let piece = &other[start..(start + random.below(64)).min(other.len())];
                drop(bytes.splice(place..place, piece.iter().copied()));
            }
            // The first frame gets the length of all that is there, so that what was spoilt is decoded.
            _ => {
                if let Some(length) = bytes.len().checked_sub(4).and_then(|length| u32::try_from(length).ok())
                {
                    bytes[..4].copy_from_slice(&length.to_le_bytes());
                }
            }
        }
    }
    bytes
}

/// Decodes a stream that comes in pieces. What decodes must be a message like any other: it encodes, and comes back.
fn decode<M: Message>(stream: &[u8], random: &mut Random) {
    let mut decoder = Decoder::<M>::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(1 + random.below(rest.len()));
        rest = later;
        decoder.feed(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => assert_returns(&message),
                Ok(None) => break,
                Err(_) => {
                    assert!(decoder.next_message().is_err(), "an error is the end of the stream");
                    return;
                }
            }
        }
        assert!(decoder.buffered() <= M::MAX_FRAME + 4 + piece.len());
    }
}

fn assert_returns<M: Message>(message: &M) {
    // A message may be longer than it came: numbers can be written in fewer bytes than they need not.
    let Ok(frame) = encode(message) else { return };
    let mut decoder = Decoder::<M>::new();
    decoder.feed(&frame);
    let back = decoder.next_message().expect("what was encoded decodes").expect("a whole frame");
    // By its bytes: a number that is none equals nothing.
    assert_eq!(encode(&back).expect("it fitted before"), frame);
}

/// Xorshift, <https://www.jstatsoft.org/article/view/v008i14>: numbers that a seed alone decides.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from zero to below `end`, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
