export { default, default as encodeQR } from "qr";
