// What a phone keeps, in IndexedDB: keys that cannot be taken out, credentials, settings. A key is offered to nobody before it has been written,
// read back, and has signed.

import { equal } from "./bytes.js";
import { SetupError } from "./errors.js";
import { BrowserSigner, CoseKey, verifies } from "./keys.js";

const NAME = "ecard", VERSION = 1;
/** Tables and their keys. `shown` holds the last time put into a code, by credential; `memory` holds single values by name. */
const TABLES = { keys: "id", cards: "card", credentials: "sub", shown: "sub", memory: "name" };
const LOCK = "ecard-keys";

/** @typedef {keyof typeof TABLES} Table */
/** @typedef {{ privateKey: CryptoKey, x: Uint8Array<ArrayBuffer>, yIsOdd: boolean }} KeptKey a key pair as it lies in a row */

/** Why storing failed, as a code that has its own sentence. @type {Record<string, string>} */
const CAUSES = { DataCloneError: "storage-keys", QuotaExceededError: "storage-full", SecurityError: "storage-blocked", InvalidStateError: "storage-blocked" };

export class PhoneStore {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db;
    /** Called when the browser takes the database away, as when its data are cleared. */
    this.onLost = () => {};
    db.onversionchange = () => db.close();
    db.onclose = () => this.onLost();
  }

  /** Open the store. Rejects with `SetupError`: browser-unfit, storage-blocked. */
  static async open() {
    const fit = globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB && navigator.locks;
    if (!fit) throw new SetupError(globalThis.isSecureContext ? "browser-unfit" : "page-insecure");
    return new PhoneStore(
      await settled(() => {
        const opening = indexedDB.open(NAME, VERSION);
        opening.onupgradeneeded = () => {
          for (const [table, keyPath] of Object.entries(TABLES)) opening.result.createObjectStore(table, { keyPath });
        };
        return opening;
      }),
    );
  }

  /**
   * @param {Table} table
   * @param {string} key
   * @returns {Promise<any>}
   */
  get(table, key) {
    return settled(() => this.db.transaction(table).objectStore(table).get(key));
  }

  /**
   * @param {Table} table
   * @returns {Promise<any[]>}
   */
  all(table) {
    return settled(() => this.db.transaction(table).objectStore(table).getAll());
  }

  /**
   * Write a row; resolves when it is on the disk, as far as a browser says. Rejects with `SetupError` storage-*.
   *
   * @param {Table} table
   * @param {object} row
   */
  put(table, row) {
    return this.#change(table, (rows) => rows.put(row));
  }

  /**
   * @param {Table} table
   * @param {string} key
   */
  remove(table, key) {
    return this.#change(table, (rows) => rows.delete(key));
  }

  /** @param {string} name */
  async recall(name) {
    return (await this.get("memory", name))?.value;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  remember(name, value) {
    return this.put("memory", { name, value });
  }

  /**
   * The time for the next code of a credential, taken once: two pages, or two taps, never get the same.
   *
   * @param {string} sub
   * @param {number} now whole seconds
   * @returns {Promise<number>}
   */
  async takeIat(sub, now) {
    let taken = now;
    await this.#change("shown", (rows) => {
      const reading = rows.get(sub);
      reading.onsuccess = () => {
        taken = reading.result === undefined ? now : Math.max(now, reading.result.iat + 1);
        rows.put({ sub, iat: taken });
      };
    });
    return taken;
  }

  /**
   * The signer under `id`, made now if there is none: one page at a time makes keys.
   *
   * Rejects with `SetupError` storage-keys where this browser cannot keep a key that it made.
   *
   * @param {string} id
   */
  enrolmentSigner(id) {
    return exclusively(async () => (await this.signer("keys", id)) ?? this.#made("keys", { id }));
  }

  /**
   * The signer of a row, or null where there is no such row.
   *
   * @param {"keys" | "credentials"} table
   * @param {string} key
   */
  async signer(table, key) {
    const row = await this.get(table, key);
    return row === undefined ? null : asSigner(row);
  }

  /**
   * A fresh key for a credential that is about to be asked for, under a name of its own until the credential is here.
   *
   * @param {string} id
   */
  holderSigner(id) {
    return exclusively(() => this.#made("keys", { id }));
  }

  /**
   * Put a credential beside the key that was made for it.
   *
   * @param {string} id under which `holderSigner` made the key
   * @param {{ sub: string, card: string, profile: number, raw: Uint8Array<ArrayBuffer>, iat: number, exp: number }} credential
   */
  keepCredential(id, credential) {
    return exclusively(async () => {
      const { privateKey, x, yIsOdd } = await this.get("keys", id);
      await this.put("credentials", { ...credential, privateKey, x, yIsOdd });
      await this.remove("keys", id);
    });
  }

  /**
   * Make a key, write it, read it back, and let what was read sign.
   *
   * @param {"keys"} table
   * @param {{ id: string }} row
   */
  async #made(table, row) {
    const { privateKey, publicKey } = await BrowserSigner.generate();
    const { x, yIsOdd } = await CoseKey.of(publicKey);
    await this.put(table, { ...row, privateKey, x, yIsOdd });
    const signer = await this.signer(table, row.id);
    const message = crypto.getRandomValues(new Uint8Array(32));
    const good = signer !== null && equal(signer.publicKey.x, x) && (await verifies(publicKey, await signer.sign(message), message));
    if (!good) throw new SetupError("storage-keys");
    return signer;
  }

  /**
   * @param {Table} table
   * @param {(rows: IDBObjectStore) => void} change
   * @returns {Promise<void>}
   */
  #change(table, change) {
    return new Promise((resolve, reject) => {
      try {
        const transaction = this.db.transaction(table, "readwrite", { durability: "strict" });
        transaction.oncomplete = () => resolve();
        transaction.onabort = transaction.onerror = () => reject(asSetupError(transaction.error));
        change(transaction.objectStore(table));
      } catch (problem) {
        reject(asSetupError(problem));
      }
    });
  }
}

/** @param {KeptKey} row */
const asSigner = ({ privateKey, x, yIsOdd }) => new BrowserSigner(privateKey, new CoseKey(x, yIsOdd));

/**
 * One page at a time.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
const exclusively = (work) => /** @type {Promise<T>} */ (navigator.locks.request(LOCK, work));

/**
 * @template T
 * @param {() => IDBRequest<T>} start
 * @returns {Promise<T>}
 */
function settled(start) {
  return new Promise((resolve, reject) => {
    try {
      const asked = start();
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asSetupError(asked.error));
    } catch (problem) {
      reject(asSetupError(problem));
    }
  });
}

/** @param {unknown} problem */
function asSetupError(problem) {
  const name = problem instanceof Error ? problem.name : "UnknownError";
  return new SetupError(CAUSES[name] ?? "storage-blocked", { problem: name });
}
