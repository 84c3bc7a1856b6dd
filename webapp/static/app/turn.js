// The app open twice on one phone: the page that was opened last, or asked for again, is the one in use; the other rests. A lock says so, at once and to one only.

const LOCK = "ecard-in-use";

/**
 * Be the page in use, until another one is.
 *
 * @param {() => void} onPassed another page is in use now
 */
export function takeTurn(onPassed) {
  const kept = new Promise(() => {}); // held for as long as this page is open
  navigator.locks.request(LOCK, { steal: true }, () => kept).catch(onPassed);
}
