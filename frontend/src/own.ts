/** The signed-in person's own extension, kept with their profile in Home Assistant. */

import type { Connection, Hass } from "./hass";

type Kept = Record<string, string>;
const KEY = "ippbx";
const kept = new WeakMap<Connection, Promise<Kept>>();

/** Return the extension that the person has chosen for a PBX; empty if none. */
export async function ownExtension(hass: Hass, entryId: string): Promise<string> {
  return (await load(hass))[entryId] ?? "";
}

/** Keep the extension that the person has chosen. */
export async function keepOwnExtension(
  hass: Hass, entryId: string, number: string,
): Promise<void> {
  const value = { ...(await load(hass)), [entryId]: number };
  kept.set(hass.connection, Promise.resolve(value));
  await hass.callWS({ type: "frontend/set_user_data", key: KEY, value });
}

function load(hass: Hass): Promise<Kept> {
  let loading = kept.get(hass.connection);
  if (!loading) {
    loading = hass
      .callWS<{ value: Kept | null }>({ type: "frontend/get_user_data", key: KEY })
      .then((answer) => answer.value ?? {});
    kept.set(hass.connection, loading);
  }
  return loading;
}
