import { h } from "preact";
export { h, render, Component, Fragment, createContext, createRef } from "preact";
export type { ComponentChildren, RefObject, VNode } from "preact";
export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export type { ReadonlySignal, Signal } from "@preact/signals";
export declare const html: (strings: TemplateStringsArray, ...values: any[]) => ReturnType<typeof h>;
