/** The visual editors: forms that Home Assistant draws. */

import { DOMAIN } from "./hass";
import { pageLocalizer, type TextKey } from "./texts";

const OF_BOTH = [
  { name: "config_entry_id", selector: { config_entry: { integration: DOMAIN } } },
  { name: "title", selector: { text: {} } },
  { name: "own_extension", selector: { text: {} } },
];

const OF_SWITCHBOARD = [
  ...OF_BOTH,
  { name: "extensions", selector: { text: {} } },
  { name: "show_calls", default: true, selector: { boolean: {} } },
  { name: "show_lines", default: true, selector: { boolean: {} } },
  { name: "show_dial_pad", default: true, selector: { boolean: {} } },
  { name: "popup", selector: { boolean: {} } },
];

function form(schema: { name: string }[]) {
  const text = (key: string): string => pageLocalizer()(`editor.${key}` as TextKey);
  const helped = ["own_extension", "extensions"];
  return {
    schema,
    computeLabel: (field: { name: string }) => text(field.name),
    computeHelper: (field: { name: string }) =>
      helped.includes(field.name) ? text(`${field.name}.help`) : undefined,
  };
}

export const callsForm = () => form(OF_BOTH);
export const switchboardForm = () => form(OF_SWITCHBOARD);
