import type { AnyModel, AnyWidget, RenderProps } from "@anywidget/types";

/** Bytes as they come from Python, in a trait or beside a message. */
export type Bytes = DataView<ArrayBuffer>;

/** A widget that draws; what each file of a part exports. */
export type Drawn = {
  // biome-ignore lint/suspicious/noExplicitAny: each knows its own traits
  render: (props: RenderProps<any>) => (() => void) | Promise<() => void>;
};

type Word = string | number | boolean | null | undefined;

/** What an element is made with: its properties, and attributes that are none. */
export type Given<Node> = Partial<Omit<Node, "style" | "children">> & {
  style?: Partial<CSSStyleDeclaration>;
  [attribute: `aria-${string}` | `data-${string}`]: Word;
};

export type Attributes = Record<string, Word>;

export type Handlers = Record<string, Parameters<AnyModel["on"]>[1]>;

/** A promise that a page has one of, and what keeps it. */
export type Promised<Value> = { coming: Promise<Value>; here: (value: Value) => void };

export type PlotlyModule = { default: () => Required<Exclude<AnyWidget, () => unknown>> };

/** The page's one copy of plotly. */
export type PlotlyPage = {
  coming: Promise<PlotlyModule>;
  take: (code: Bytes | string) => unknown;
  ask: (model: AnyModel) => void;
  want: (model: AnyModel) => void;
};

declare global {
  var petwidgetsParts: Partial<Promised<Record<string, Drawn>>> | undefined;
  var petwidgetsPlotly: PlotlyPage | undefined;
  interface Window {
    /** What Voila's code calls as its theme has come, and what it has come to. */
    voila_finish: () => void;
    themeLoaded?: boolean;
    cellLoaded?: boolean;
  }
}
