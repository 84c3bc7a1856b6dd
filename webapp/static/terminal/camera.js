// The camera and its decoder: the middle square of 1280x720, one picture at a time, always the newest. A photo goes the same way.

/** What can be wrong, as names of texts. @typedef {"camera-insecure" | "camera-refused" | "camera-missing" | "camera-busy" | "camera-lost" | "decoder"} Problem */

const WIDTH = 1280, HEIGHT = 720;
const LARGEST_PHOTO = 2400;
/** @type {Record<string, Problem>} */
const CAUSES = { NotAllowedError: "camera-refused", SecurityError: "camera-refused", NotFoundError: "camera-missing", OverconstrainedError: "camera-missing" };

/** One worker; whoever hands it a picture waits for its texts. */
export class Decoder {
  constructor() {
    this.worker = new Worker(new URL("./decoding.js", import.meta.url), { type: "module" });
    this.number = 0;
    /** @type {Map<number, (answer: { texts: string[], problem?: string }) => void>} */
    this.waiting = new Map();
    /** Settles when the decoder can decode; the shell waits for nothing. @type {Promise<boolean>} */
    this.ready = new Promise((resolve) => {
      this.waiting.set(0, ({ problem }) => resolve(problem === undefined));
      this.worker.onerror = () => resolve(false);
    });
    this.worker.onmessage = ({ data }) => {
      const settle = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      settle?.(data);
    };
  }

  /**
   * The texts of the QR codes in a picture; the picture is given away.
   *
   * @param {ImageBitmap} bitmap
   * @param {boolean} [isPhoto]
   * @returns {Promise<string[]>}
   */
  async decode(bitmap, isPhoto = false) {
    this.number += 1;
    const id = this.number;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    this.worker.postMessage({ id, bitmap, isPhoto }, [bitmap]);
    return (await answer).texts;
  }

  /** @param {Blob} file */
  async decodePhoto(file) {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST_PHOTO / Math.max(whole.width, whole.height));
    if (scale === 1) return this.decode(whole, true);
    const smaller = await createImageBitmap(whole, { resizeWidth: Math.round(whole.width * scale), resizeHeight: Math.round(whole.height * scale) });
    whole.close();
    return this.decode(smaller, true);
  }
}

export class Camera {
  /**
   * @param {Decoder} decoder
   * @param {{ onTexts: (texts: string[], taken: number) => void, onProblem: (problem: Problem) => void }} told `taken` is when the picture was taken
   */
  constructor(decoder, { onTexts, onProblem }) {
    this.decoder = decoder;
    this.onTexts = onTexts;
    this.onProblem = onProblem;
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.deviceId = "";
    document.addEventListener("visibilitychange", () => this.return());
  }

  get isOn() {
    return this.stream !== null;
  }

  /**
   * Ask for the camera and begin. Says what is wrong by `onProblem`.
   *
   * @param {string} [deviceId]
   */
  async start(deviceId = this.deviceId) {
    this.stop();
    if (!window.isSecureContext || !navigator.mediaDevices) {
      this.onProblem("camera-insecure");
      return false;
    }
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
    try {
      const wish = { ...which, width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: 30 } };
      this.stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    } catch (error) {
      this.onProblem(CAUSES[/** @type {Error} */ (error).name] ?? "camera-busy");
      return false;
    }
    this.deviceId = deviceId;
    const [track] = this.stream.getVideoTracks();
    track.onended = () => {
      this.stop();
      this.onProblem("camera-lost");
    };
    const sharp = /** @type {MediaTrackConstraintSet} */ ({ focusMode: "continuous" });
    track.applyConstraints({ advanced: [sharp] }).catch(() => undefined); // few cameras can
    const { video } = this;
    if (video !== null) await this.attach(video);
    return true;
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
    if (this.video !== null) this.video.srcObject = null;
  }

  /** After the page was hidden: a track that ended meanwhile is asked for again. */
  return() {
    if (document.visibilityState !== "visible" || this.stream === null) return;
    if (this.stream.getVideoTracks().some((track) => track.readyState === "ended" || track.muted)) this.start();
  }

  /**
   * Show the picture in this element, and look at it.
   *
   * @param {HTMLVideoElement | null} video
   */
  async attach(video) {
    this.video = video;
    if (video === null || this.stream === null || video.srcObject === this.stream) return;
    video.srcObject = this.stream;
    await video.play().catch(() => undefined); // as when it is taken away at once
    this.look(video, this.stream);
  }

  /**
   * Look at one picture after another, each as new as can be, while this stream is shown here.
   *
   * @param {HTMLVideoElement} video
   * @param {MediaStream} stream
   */
  look(video, stream) {
    let isBusy = false;
    /** @param {number} now @param {VideoFrameCallbackMetadata} frame */
    const see = async (now, frame) => {
      if (this.stream !== stream || this.video !== video) return;
      video.requestVideoFrameCallback(see);
      if (isBusy || document.visibilityState !== "visible") return;
      isBusy = true;
      try {
        const { videoWidth: width, videoHeight: height } = video;
        const side = Math.min(width, height);
        const bitmap = await createImageBitmap(video, (width - side) / 2, (height - side) / 2, side, side);
        this.onTexts(await this.decoder.decode(bitmap), frame.captureTime ?? now);
      } catch {
        // a picture that could not be taken: the next one comes in a moment
      } finally {
        isBusy = false;
      }
    };
    video.requestVideoFrameCallback(see);
  }
}

/** The cameras of this machine; their names are known once one has been allowed. */
export async function listCameras() {
  const devices = await (navigator.mediaDevices?.enumerateDevices() ?? []);
  return devices.filter((device) => device.kind === "videoinput" && device.deviceId).map(({ deviceId, label }) => ({ deviceId, label }));
}
