// Do what a vector says with the app's own modules, and say what came of it in the words of the vector; the twin of tests/vectors/replay.py.
// Runs in node and in the page alike: it is told where the modules lie.

/** @param {string} base */
export async function replayer(base) {
  const load = (name) => import(`${base}/${name}.js`);
  const [bytes, cbor, base45, keys, cose, credentials, presentation, keyproof, errors] = await Promise.all(
    ["bytes", "cbor", "base45", "keys", "cose", "credential", "presentation", "keyproof", "errors"].map(load),
  );
  const { toHex, fromHex } = bytes;
  const text = (given) => given.text.repeat(given.times ?? 1);
  const input = (given) => ("hex" in given ? fromHex(given.hex.repeat(given.times ?? 1)) : bytes.utf8(text(given)));
  const key = (given) => keys.CoseKey.parse(cbor.decode(fromHex(given.key))).load();

  const deeds = {
    cbor(given) {
      const value = cbor.decode(input(given), given.limit);
      same(toHex(cbor.encode(value)), toHex(input(given)));
      return toJson(value);
    },
    base45(given) {
      const value = base45.decode(given.text);
      same(base45.encode(value), given.text);
      return toHex(value);
    },
    signature(given) {
      keys.checkSignature(input(given));
      return der(input(given));
    },
    async sign1(given) {
      const signed = cose.Sign1.parse(cbor.decode(input(given)), given.typ);
      await signed.check(await key(given), "issuer-signature");
      return { protected: toHex(signed.protectedHeader), payload: toHex(signed.payload) };
    },
    async "cose-key"(given) {
      const found = keys.CoseKey.parse(cbor.decode(input(given)));
      await found.load();
      return { x: toHex(found.x), y_is_odd: found.yIsOdd, thumbprint: toHex(await found.thumbprint()), kid: toHex(await found.kid()) };
    },
    async credential(given) {
      const found = credentials.Credential.fromBytes(input(given));
      await found.check(await key(given));
      const { holder, status, chipTag, maxAge, ...says } = found.says;
      const named = { ...says, holder: toHex(holder.x), status: [status.uri, asJsonReads(status.idx)], chip_tag: toHex(chipTag), max_age: maxAge };
      return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== null));
    },
    async code(given) {
      const code = presentation.Presentation.fromText(text(given));
      await code.credential.check(await key(given));
      await code.check(await code.credential.says.holder.load());
      same(code.toText(), given.text);
      const { sub, profile } = code.credential.says;
      const cnonce = code.cnonce === null ? {} : { cnonce: toHex(code.cnonce) };
      return { audience: code.audience, iat: asJsonReads(code.iat), sub, profile, ...cnonce };
    },
    async "key-proof"(given) {
      const { region, purpose, nonce } = given;
      const proof = await keyproof.checkProof(input(given), { region, purpose, nonce: fromHex(nonce) });
      return { key: toHex(proof.key.x), iat: asJsonReads(proof.iat) };
    },
  };

  /** A vector outside the family cbor writes a large integer as a JSON number, which JavaScript reads as the nearest it has. */
  function asJsonReads(integer) {
    return Number(integer);
  }

  function toJson(value) {
    if (typeof value === "bigint") return { int: value.toString() };
    if (value instanceof Uint8Array) return { hex: toHex(value) };
    if (value instanceof Map) return { map: Array.from(value, ([name, item]) => [toJson(name), toJson(item)]) };
    if (value instanceof cbor.Tag18) return { 18: toJson(value.item) };
    return Array.isArray(value) ? value.map(toJson) : value;
  }

  return {
    knows: Object.keys(deeds),
    /** {"ok": ...} or {"code": ...}. Nothing but a CardError is caught: anything else is a bug of ours. */
    async outcome(given) {
      try {
        return { ok: await deeds[given.do](given) };
      } catch (error) {
        if (error instanceof errors.CardError) return { code: error.code };
        throw error;
      }
    },
  };

  function same(found, wanted) {
    if (found !== wanted) throw new Error("accepted, but written differently");
  }

  function der(signature) {
    const parts = [signature.subarray(0, 32), signature.subarray(32)].map((part) => {
      const digits = toHex(part).replace(/^(00)+/, "");
      const positive = parseInt(digits.slice(0, 2), 16) > 127 ? `00${digits}` : digits;
      return `02${(positive.length / 2).toString(16).padStart(2, "0")}${positive}`;
    });
    const body = parts.join("");
    return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
  }
}
