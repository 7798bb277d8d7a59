//! Runs a reader that was not written for broken files, so that its panic is an answer and not the end of the program.
//!
//! calamine indexes into what a file states; what can be checked beforehand is (`package`, `binary`), and what is left
//! is caught here. The message of such a panic may quote the file, so it is not printed.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `read` answers; `None` if it panicked.
pub fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let other = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                other(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    // Nothing that `read` could have left half done is used after a panic.
    let answer = panic::catch_unwind(AssertUnwindSafe(read)).ok();
    GUARDED.set(before);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_answer_and_others_still_end_a_thread() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| -> i32 { panic!("as a reader would") }), None);
        assert!(!GUARDED.get());
    }
}
