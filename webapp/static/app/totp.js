// Digits that change with time: RFC 6238 with HMAC-SHA-256.

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {number} turn how many steps have passed since 1970
 * @param {number} digits
 */
export async function totp(secret, turn, digits) {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(turn));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const number = mac.getUint32(mac.getUint8(31) & 0xf) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}
