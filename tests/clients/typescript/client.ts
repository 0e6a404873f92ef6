/** The shop's API, typed by its OpenAPI document. */

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type Shop = Client<paths>;

/** Return a client of the shop at an address; with a token, of a cart or an order. */
export function shopAt(baseUrl: string, token?: string): Shop {
  return createClient<paths>({
    baseUrl,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
}
