import { html, type TemplateResult } from "lit";

/** Return an icon; words beside it, or the label of its button, say what it means. */
export const icon = (path: string): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;
