export { ZXING_CPP_COMMIT, ZXING_WASM_SHA256, ZXING_WASM_VERSION, prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
export type { ReaderOptions, ReadResult } from "zxing-wasm/reader";
