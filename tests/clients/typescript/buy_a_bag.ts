/**
 * Buy a bag with the generated client: `node built/buy_a_bag.js http://127.0.0.1:8000`.
 *
 * Prints where to pay and waits for a line; then prints the order once it is paid.
 */

import { randomUUID } from "node:crypto";
import { once } from "node:events";

import { shopAt, type Schemas, type Shop } from "./client.js";

const SKU = "8230582AA9S1000";

const ADDRESS: Schemas["AddressInput"] = {
  name: "Ada Lovelace",
  line1: "1 Prince Street",
  city: "New York",
  region: "NY",
  postal_code: "10012",
  country: "US",
};

/** Return the data of an answer; a refusal is thrown with its code. */
function accepted<T>(answer: { data?: T; error?: Schemas["ProblemView"] }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

/** Find the bag, fill a cart, check out, wait for the payment. */
async function buy(baseUrl: string): Promise<void> {
  const anybody = shopAt(baseUrl);
  const found = accepted(
    await anybody.GET("/v1/products", { params: { query: { q: "city", material: ["arena"], market: "US" } } }),
  );
  if (found.items.length === 0) throw new Error("no bag is found");

  const cart = accepted(
    await anybody.POST("/v1/carts", {
      body: { market: "US" },
      params: { header: { "Idempotency-Key": randomUUID() } },
    }),
  );
  const shopper = shopAt(baseUrl, cart.token);
  const line = { path: { cart_id: cart.id, sku: SKU } };
  const refused = await shopper.PUT("/v1/carts/{cart_id}/lines/{sku}", { params: line, body: { quantity: 500 } });
  if (refused.error?.code !== "quantity_over_limit") throw new Error("500 bags were taken");
  accepted(await shopper.PUT("/v1/carts/{cart_id}/lines/{sku}", { params: line, body: { quantity: 1 } }));

  const checkout = accepted(await shopper.POST("/v1/checkouts", { body: { cart_id: cart.id } }));
  const of = { path: { checkout_id: checkout.id } };
  const ready = accepted(
    await shopper.PATCH("/v1/checkouts/{checkout_id}", {
      params: of,
      body: { email: "ada@example.com", shipping_address: ADDRESS, shipping_option: "standard" },
    }),
  );
  if (ready.status !== "ready") throw new Error(JSON.stringify(ready.messages));
  const completed = accepted(
    await shopper.POST("/v1/checkouts/{checkout_id}/complete", {
      params: { ...of, header: { "Idempotency-Key": randomUUID() } },
      body: {},
    }),
  );
  console.log(completed.payment.url);
  await once(process.stdin, "data");
  console.log(await paid(shopAt(baseUrl, completed.order.token), completed.order.number));
}

/** Wait until an order is paid; return its number and status. */
async function paid(buyer: Shop, number: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const order = accepted(await buyer.GET("/v1/orders/{number}", { params: { path: { number } } }));
    if (order.status === "paid") return `${order.number} ${order.status}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${number} is not paid`);
}

await buy(process.argv[2] ?? "http://127.0.0.1:8000");
process.exit(0);
