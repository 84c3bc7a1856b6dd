"""The mirror between the record and its chips (CHIP section 4.4): what each chip is to be, what it has proved, and what happens where the two differ.

    targets       every version of what a chip is to be: written with the change that made it, never changed
    proofs        a chip's signature, receipt or condition, read and checked
    noting        what a proof adds to what is known; the notes never fall
    apartness     a chip found apart: incident, hold, and the version that goes above it
    scripting     the script that brings a chip to its target, sealed for it alone
    blocking      signed lists of blocking scripts for desks without a line
    tapping       the record's side of a tap: challenge, answer, script, receipt
    pinning       a PIN set anew or unblocked at a counter; a phone unbound through the chip
    making        a chip that is being made: its keys, what is written on it, given up when it fails
    desk          the office's commands about all of this

Nothing here touches a chip: whoever does brings bytes and carries bytes away.
"""
