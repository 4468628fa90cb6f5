/** The PBXes as Home Assistant's registries know them: extensions, lines, and their entities. */

import { DOMAIN, type Device, type Hass } from "./hass";

export interface Extension {
  number: string;
  name: string;
  /** The name that a user gave to its device, which goes before all others. */
  renamed?: string | null;
  /** Entities, by the kind of thing they show; an entity may be missing. */
  status?: string;
  dnd?: string;
  forward?: string;
}

export interface Line {
  key: string;
  name: string;
  status?: string;
}

export interface Pbx {
  entryId: string;
  name: string;
  extensions: Extension[];
  byNumber: Map<string, Extension>;
  lines: Line[];
  connected?: string;
  missed?: string;
  resetMissed?: string;
  /** All entities that a card shows. */
  watched: string[];
}

const OF_PBX: Record<string, "connected" | "missed" | "resetMissed"> = {
  connected: "connected",
  missed_calls: "missed",
  reset_missed_calls: "resetMissed",
};
const OF_EXTENSION: Record<string, "status" | "dnd" | "forward"> = {
  extension_status: "status",
  do_not_disturb: "dnd",
  forward_all_calls: "forward",
};

let known: { devices: unknown; entities: unknown; found: Pbx[] } | undefined;

/** Return all PBXes. They are looked for again only when a registry has changed. */
export function pbxes(hass: Hass): Pbx[] {
  if (known?.devices !== hass.devices || known.entities !== hass.entities) {
    known = { devices: hass.devices, entities: hass.entities, found: find(hass) };
  }
  return known.found;
}

/** Return the PBX of a config entry, or the first one. */
export function pbxOf(hass: Hass, entryId?: string): Pbx | undefined {
  const all = pbxes(hass);
  return entryId ? all.find((each) => each.entryId === entryId) : all[0];
}

const identifierOf = (device: Device): string | undefined =>
  device.identifiers?.find(([domain]) => domain === DOMAIN)?.[1];

function find(hass: Hass): Pbx[] {
  const ours = Object.values(hass.devices).filter(identifierOf);
  const found: Pbx[] = [];
  const places = new Map<string, { pbx: Pbx; extension?: Extension; line?: Line }>();
  for (const device of ours) {
    const serial = identifierOf(device)!;
    if (serial !== device.serial_number || !device.primary_config_entry) continue;
    const pbx: Pbx = {
      entryId: device.primary_config_entry,
      name: nameOf(device),
      extensions: [],
      byNumber: new Map(),
      lines: [],
      watched: [],
    };
    places.set(device.id, { pbx });
    const end = ` (${placeOf(device)})`;
    for (const part of ours) {
      const identifier = identifierOf(part)!;
      if (identifier.startsWith(`${serial}_ext_`)) {
        const number = identifier.slice(serial.length + 5);
        const extension: Extension = { number, name: nameOf(part, end), renamed: part.name_by_user };
        pbx.extensions.push(extension);
        pbx.byNumber.set(number, extension);
        places.set(part.id, { pbx, extension });
      } else if (identifier.startsWith(`${serial}_trunk_`)) {
        const line: Line = { key: identifier, name: nameOf(part, end) };
        pbx.lines.push(line);
        places.set(part.id, { pbx, line });
      }
    }
    const byNumber = (a: Extension, b: Extension) =>
      a.number.localeCompare(b.number, undefined, { numeric: true });
    pbx.extensions.sort(byNumber);
    pbx.lines.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    found.push(pbx);
  }
  for (const entity of Object.values(hass.entities)) {
    const place = entity.device_id ? places.get(entity.device_id) : undefined;
    const key = entity.translation_key ?? "";
    if (!place || entity.platform !== DOMAIN) continue;
    const { pbx, extension, line } = place;
    if (extension && OF_EXTENSION[key]) extension[OF_EXTENSION[key]] = entity.entity_id;
    else if (line && key === "trunk_status") line.status = entity.entity_id;
    else if (!extension && !line && OF_PBX[key]) pbx[OF_PBX[key]] = entity.entity_id;
    else continue;
    pbx.watched.push(entity.entity_id);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Return the name of a device, without an end that ours add to it. */
function nameOf(device: Device, end = ""): string {
  const name = device.name ?? "";
  return device.name_by_user || (end && name.endsWith(end) ? name.slice(0, -end.length) : name);
}

/** Return what the names of a PBX's parts end with where another PBX has the same ones. */
function placeOf(device: Device): string {
  const name = device.name ?? "";
  return /\(([^()]+)\)$/.exec(name)?.[1] ?? name;
}

/** Return whether a card that shows a PBX shows something else now. */
export function differs(before: Hass, now: Hass, pbx: Pbx | undefined): boolean {
  return before.devices !== now.devices
    || before.entities !== now.entities
    || before.language !== now.language
    || before.locale !== now.locale
    || before.connection !== now.connection
    || before.formatEntityState !== now.formatEntityState
    || !!pbx?.watched.some((entity) => before.states[entity] !== now.states[entity]);
}
