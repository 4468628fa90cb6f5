/** The dashboard strategy `custom:ippbx`: a whole dashboard of each PBX, made when it is opened. */

import { DOMAIN, type Hass } from "./hass";
import { pbxes, type Pbx } from "./pbx";
import { localizer, type Localize } from "./texts";

const FEW = 12; // extensions, whose tiles fit into one column

interface StrategyConfig {
  config_entry_id?: string;
}

function view(pbx: Pbx, several: boolean, localize: Localize): object {
  const config_entry_id = pbx.entryId;
  const column_span = pbx.extensions.length > FEW ? 2 : 1;
  const card = (name: string, rows: number | "auto") => ({
    type: `custom:${DOMAIN}-${name}`,
    config_entry_id,
    grid_options: { columns: "full", rows },
  });
  return {
    title: several ? pbx.name : localize("switchboard.name"),
    path: several ? `pbx-${config_entry_id.toLowerCase()}` : "switchboard",
    type: "sections",
    max_columns: column_span + 1,
    sections: [
      { type: "grid", column_span, cards: [card("switchboard", "auto")] },
      { type: "grid", cards: [card("calls", 12)] },
    ],
  };
}

export class PbxStrategy extends HTMLElement {
  static async generate(config: StrategyConfig, hass: Hass): Promise<object> {
    const all = pbxes(hass);
    const wanted = config.config_entry_id
      ? all.filter((each) => each.entryId === config.config_entry_id)
      : all;
    const localize = localizer(hass.language);
    const title = localize("strategy.name");
    const empty = { title, cards: [{ type: `custom:${DOMAIN}-switchboard` }] };
    return {
      title,
      views: wanted.length
        ? wanted.map((each) => view(each, wanted.length > 1, localize))
        : [empty],
    };
  }
}
