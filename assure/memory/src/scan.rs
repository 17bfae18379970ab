//! The search of this process's memory.

use std::fs::{File, read_to_string};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::forms::{Kind, Needle};

/// How often secrets were found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// On the heap or in a static.
    pub elsewhere: usize,
    /// On the stack, in octets.
    pub stack_octets: usize,
    /// On the stack, in limbs or digits.
    pub stack_words: usize,
}

impl Found {
    pub fn parse(text: &str) -> Self {
        let mut counts = text.split_whitespace().map(|count| count.parse().expect("a count"));
        let mut next = || counts.next().expect("three counts");
        Self { elsewhere: next(), stack_octets: next(), stack_words: next() }
    }
}

/// The needles, sorted by their first two octets.
pub struct Needles(Vec<Vec<Needle>>);

impl Needles {
    pub fn new(needles: Vec<Needle>) -> Self {
        let mut by_start = vec![Vec::new(); 1 << 16];
        for needle in needles {
            by_start[usize::from(needle.octets.start())].push(needle);
        }
        Self(by_start)
    }

    pub fn add(&mut self, needle: Needle) {
        self.0[usize::from(needle.octets.start())].push(needle);
    }

    fn at<'n>(&'n self, memory: &'n [u8]) -> impl Iterator<Item = &'n Needle> {
        let start = usize::from(memory[0]) << 8 | usize::from(memory[1]);
        self.0[start].iter().filter(|needle| needle.octets.is_at(memory))
    }
}

/// Searches every octet that this process can write, except the buffer into which memory is read. The operation ran on
/// `stack`.
pub fn search(needles: &Needles, stack: &Range<usize>) -> Found {
    const STEP: usize = 1 << 20;
    const OVERLAP: usize = 15;
    let mut buffer = vec![0u8; STEP + OVERLAP];
    let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
    let mut memory = File::open("/proc/self/mem").expect("/proc");
    let mut found = Found::default();
    // This helps to find the place, because the masked needle is a line of the output of `derive`.
    let tells = std::env::var_os("MEMORY_TELLS").is_some();
    for range in writable() {
        let mut start = range.start;
        while start < range.end {
            let length = (range.end - start).min(buffer.len());
            memory.seek(SeekFrom::Start(start as u64)).expect("in memory");
            if memory.read_exact(&mut buffer[..length]).is_err() {
                break;
            }
            for offset in 0..length.min(STEP).min(length - 1) {
                let address = start + offset;
                if own.contains(&address) {
                    continue;
                }
                for needle in needles.at(&buffer[offset..length]) {
                    match (stack.contains(&address), needle.kind) {
                        (false, _) => found.elsewhere += 1,
                        (true, Kind::Octets) => found.stack_octets += 1,
                        (true, Kind::Words) => found.stack_words += 1,
                    }
                    if tells {
                        eprintln!("{address:#x} of {range:x?}: {}", needle.octets.to_hex());
                    }
                }
            }
            start += STEP;
        }
    }
    found
}

/// The mappings that this process can read and write.
fn writable() -> Vec<Range<usize>> {
    let maps = read_to_string("/proc/self/maps").expect("/proc");
    let mapping = |line: &str| {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let hex = |text| usize::from_str_radix(text, 16).ok();
        fields.next()?.starts_with("rw").then_some(hex(start)?..hex(end)?)
    };
    maps.lines().filter_map(mapping).collect()
}
