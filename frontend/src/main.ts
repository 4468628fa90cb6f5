/** Defines the elements, and lists the cards and the strategy where people pick them. */

import { PbxCalls } from "./calls";
import { PbxClock } from "./clock";
import { PbxStrategy } from "./strategy";
import { PbxSwitchboard } from "./switchboard";
import { pageLocalizer, type TextKey } from "./texts";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "ippbx-clock": PbxClock,
  "ippbx-switchboard": PbxSwitchboard,
  "ippbx-calls": PbxCalls,
  "ll-strategy-dashboard-ippbx": PbxStrategy,
};

// Home Assistant replaces the registry of elements when it starts, and forgets what was defined
// before. A page that was open during an update has the elements of the version before.
void customElements.whenDefined("home-assistant").then(() => {
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
});

interface Picked {
  type: string;
  name: string;
  description: string;
}
type Pickers = Record<"customCards" | "customStrategies", Picked[] | undefined>;

/** Add a row to a list of Home Assistant's; its words are those of the page when they are read. */
function list(key: keyof Pickers, type: string, texts: string, more: object): void {
  const pickers = window as unknown as Pickers;
  const rows = (pickers[key] ??= []);
  if (rows.some((row) => row.type === type)) return;
  const text = (part: string): string => pageLocalizer()(`${texts}.${part}` as TextKey);
  rows.push({
    type,
    get name() {
      return text("name");
    },
    get description() {
      return text("description");
    },
    ...more,
  });
}

list("customCards", "ippbx-switchboard", "switchboard", { preview: true });
list("customCards", "ippbx-calls", "calls", { preview: true });
list("customStrategies", "ippbx", "strategy", { strategyType: "dashboard" });
