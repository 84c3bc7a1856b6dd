// What every view is handed: the desk, the inputs, the texts, and the few things that are about this screen alone.

import { signal } from "../vendor/preact-htm.js";
import { loadTexts } from "../shared/texts.js";
import { Camera, Decoder, listCameras } from "./camera.js";
import { Desk } from "./desk.js";
import { Gun } from "./gun.js";

/** @typedef {import("./camera.js").Problem} Problem */
/** @typedef {import("../vendor/preact-htm.js").Signal<any>} AnySignal */

export class Context {
  /** @param {import("../shared/texts.js").Texts} texts */
  constructor(texts) {
    this.words = signal(texts);
    this.desk = new Desk();
    this.decoder = new Decoder();
    this.camera = new Camera(this.decoder, { onTexts: (found, taken) => this.see(found, "camera", taken), onProblem: (problem) => this.fail(problem) });
    this.gun = new Gun((text) => this.see([text], "gun"));
    this.isCameraOn = signal(false);
    /** @type {import("../vendor/preact-htm.js").Signal<Problem | null>} */
    this.cameraProblem = signal(null);
    /** @type {import("../vendor/preact-htm.js").Signal<{ deviceId: string, label: string }[]>} */
    this.cameras = signal([]);
    /** What an input brought while nothing is judged yet. @type {import("../vendor/preact-htm.js").Signal<{ source: string, length: number } | null>} */
    this.heard = signal(null);
    this.isSpokenOpen = signal(false);
    this.minute = signal("");
    this.tick();
  }

  get texts() {
    return this.words.value;
  }

  /** @param {"zh-CN" | "en"} language */
  async speak(language) {
    this.words.value = await loadTexts("terminal", language);
    document.documentElement.lang = language;
    document.title = this.texts.say("title");
    this.desk.change({ language });
  }

  /**
   * @param {string[]} found
   * @param {import("./desk.js").Source} source
   * @param {number} [taken]
   */
  see(found, source, taken) {
    if (this.desk.phase.value === "work") this.desk.see(found, source, taken);
    else if (found.length) this.heard.value = { source, length: found[0].length };
  }

  async startCamera(deviceId = this.desk.settings.value.camera) {
    this.cameraProblem.value = null;
    this.isCameraOn.value = false;
    this.isCameraOn.value = await this.camera.start(deviceId);
    this.cameras.value = await listCameras();
  }

  stopCamera() {
    this.camera.stop();
    this.isCameraOn.value = false;
  }

  /** @param {Problem} problem */
  fail(problem) {
    this.isCameraOn.value = false;
    this.cameraProblem.value = problem;
  }

  /** Let staff choose a photo; it is looked at here and goes nowhere. */
  pickPhoto() {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "image/*";
    input.onchange = () => input.files?.[0] && this.lookAtPhoto(input.files[0]);
    input.click();
  }

  /** @param {Blob} file */
  async lookAtPhoto(file) {
    const taken = performance.now();
    let found;
    try {
      found = await this.decoder.decodePhoto(file);
    } catch {
      this.desk.advise({ code: "photo-unreadable" });
      return;
    }
    if (found.length) this.see(found, "photo", taken);
    else this.desk.advise({ code: "photo-empty" });
  }

  openSpoken() {
    this.isSpokenOpen.value = true;
  }

  /** Begin to judge; call from a tap, so that the browser lets sounds be heard. */
  async begin() {
    await this.desk.sound.wake();
    this.desk.phase.value = "work";
    if (!this.isCameraOn.value) await this.startCamera();
  }

  /**
   * What the holder reads below the word: never why a card is blocked.
   *
   * @param {import("./verdict.js").Verdict} verdict
   * @param {import("./desk.js").Source} source
   */
  line(verdict, source) {
    const own = `line.${verdict.reason}${source === "spoken" ? ".spoken" : ""}`;
    return this.texts.say(this.texts.has(own) ? own : `line.${verdict.colour}`);
  }

  tick() {
    const now = new Date();
    this.minute.value = now.toLocaleTimeString("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
    setTimeout(() => this.tick(), 60_000 - (now.getTime() % 60_000));
  }
}
