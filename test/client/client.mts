// A program as somebody else would write it: its types were made from the OpenAPI document of the running server, so
// that a wrong name or a value that may be missing does not compile. It creates, reads, changes, finds and deletes a
// page. It ends with an error when an answer is not what the document promised.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(text: string): void };

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const base = process.env["LERNRAUM_BASE"];
const token = process.env["LERNRAUM_TOKEN"];
check(base !== undefined && token !== undefined, "LERNRAUM_BASE and LERNRAUM_TOKEN say where to go, and as whom");

const api = createClient<paths>({ baseUrl: base + "/api/v1", headers: { Authorization: `Bearer ${token}`, "Accept-Language": "en" } });

const text: components["schemas"]["NewPage"] = {
  kind: "process",
  space: "handbuch",
  title: "Hand in files",
  lang: "en",
  body: "After *ten* years.\n",
  tags: ["files"],
  fields: { purpose: "Make room", steps: [{ what: "Check", duration: "10 min" }] },
};
const made = await api.POST("/pages", { body: text });
check(made.response.status === 201 && made.data !== undefined, `create: ${made.response.status} ${JSON.stringify(made.error)}`);
const { id } = made.data;

const read = await api.GET("/pages/{id}", { params: { path: { id } } });
check(read.data?.title === text.title && read.data.body === text.body && read.data.fields["purpose"] === "Make room", "read: not what was written");
const tag = read.response.headers.get("ETag");
check(tag === '"1"', `read: ETag ${tag}`);

const next = { title: "Hand in files", lang: "en" as const, body: "After *eleven* years.\n", tags: ["files"], fields: read.data.fields, comment: "corrected" };
const changed = await api.PUT("/pages/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body: next });
check(changed.data?.revision === 2 && changed.data.body.includes("eleven"), `change: ${JSON.stringify(changed.error)}`);

const late = await api.PUT("/pages/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body: next });
check(late.response.status === 412 && late.error?.current_revision === 2, `an outdated change: ${late.response.status}`);

const wrong = await api.POST("/pages", { body: { ...text, title: "" } });
const field: string | undefined = wrong.error?.errors[0]?.field;
check(wrong.response.status === 422 && field === "title", `a wrong title: ${wrong.response.status} ${field}`);

const history = await api.GET("/pages/{id}/revisions", { params: { path: { id } } });
check(history.data?.items.length === 2 && history.data.items[0]?.comment === "corrected", "history");

const list = await api.GET("/pages", { params: { query: { kind: "process", limit: 100 } } });
check(list.data?.items.some((p) => p.id === id) === true && list.data.next_cursor === null, "list");

const value = await api.PUT("/kpis/{key}/values/{period}", { params: { path: { key: "dauer", period: "2026-10" } }, body: { value: 12.5, n: 240 } });
check(value.data?.value === 12.5 && value.data.state === "final", `value: ${JSON.stringify(value.error)}`);

const gone = await api.DELETE("/pages/{id}", { params: { path: { id }, query: { reason: "only a test" }, header: { "If-Match": '"2"' } } });
check(gone.response.status === 204, `delete: ${gone.response.status} ${JSON.stringify(gone.error)}`);
const after = await api.GET("/pages/{id}", { params: { path: { id } } });
check(after.response.status === 404 && after.error?.title === "Not found", `after: ${after.response.status}`);

console.log("created, read, changed, listed, deleted");
