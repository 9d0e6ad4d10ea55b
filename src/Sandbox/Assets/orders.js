// Order entry of the demo EHR. It keeps the drafts, shows cards (their Markdown as elements, never as HTML), and talks to /sandbox/orders/… only.
import { render } from "/sandbox/assets/markdown.js";

const entry = document.getElementById("entry");
const base = `/sandbox/orders/${encodeURIComponent(entry.dataset.patient)}`;
const field = id => document.getElementById(id);

let drafts = [];
let chosen = ""; // reference of the draft that was touched last: the selection of order-select
let numbered = 0;
let asked = 0; // number of the newest question: an older answer that comes late is not shown
let moment = "select";

const reference = draft => `${draft.resourceType}/${draft.id}`;

async function send(path, body) {
  const response = await fetch(`${base}/${path}`, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.fault ?? `HTTP ${response.status}`);
  return answer;
}

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

async function ask(which) {
  const mine = ++asked;
  moment = which;
  field("state").textContent = "Asking…";
  field("place").hidden = true;
  try {
    const answer = await send(which, { drafts, selected: chosen });
    if (mine !== asked) return;
    show(answer);
  } catch (error) {
    if (mine !== asked) return;
    field("cards").replaceChildren();
    field("state").textContent = `Decision support could not be asked: ${error.message}`;
  }
  field("place").hidden = which !== "sign";
}

function show({ services, launchUrl }) {
  const cards = services.flatMap(service => (service.cards ?? []).map(card => ({ service: service.id, card })));
  const faults = services.filter(service => service.fault);
  field("state").textContent = faults.length > 0
    ? faults.map(service => `${service.title ?? service.id}: no advice, because it failed (${service.fault}).`).join(" ")
    : `${moment === "sign" ? "Before signing" : "For this draft"}: ${cards.length === 0 ? "nothing to say" : `${cards.length} card${cards.length === 1 ? "" : "s"}`}`
      + (services.length > 0 ? ` (${services.map(service => `${service.milliseconds} ms`).join(", ")})` : " (no service for this moment)");
  field("cards").replaceChildren(...cards.map(({ service, card }) => cardOf(service, card, launchUrl)));
}

function cardOf(service, card, launchUrl) {
  const indicator = ["info", "warning", "critical"].includes(card.indicator) ? card.indicator : "info";
  const article = make("article", undefined, { class: `card ${indicator}`, "aria-label": card.summary });
  article.append(make("p", indicator, { class: "mark" }), make("h3", card.summary));
  if (card.detail) {
    const more = make("details", undefined, indicator === "info" ? {} : { open: "" });
    const detail = make("div", undefined, { class: "detail" });
    detail.append(render(card.detail));
    more.append(make("summary", "Why, and what was seen"), detail);
    article.append(more);
  }
  if (card.source?.label) article.append(make("p", `Source: ${card.source.label}`, { class: "facts" }));

  const actions = make("div", undefined, { class: "actions" });
  for (const suggestion of card.suggestions ?? []) {
    const button = make("button", suggestion.label, { type: "button" });
    button.addEventListener("click", () => accept(service, card, suggestion, article));
    actions.append(button);
  }
  for (const link of card.links ?? []) actions.append(linkOf(link, launchUrl));
  article.append(actions);
  if (card.uuid && indicator !== "info") article.append(overrideOf(service, card, article));
  return article;
}

function linkOf(link, launchUrl) {
  if (link.type === "smart" && link.url === launchUrl) {
    const form = make("form", undefined, { method: "post", action: "/sandbox/launch" });
    form.append(
      make("input", undefined, { type: "hidden", name: "patient", value: entry.dataset.patient }),
      make("input", undefined, { type: "hidden", name: "appContext", value: link.appContext ?? "" }),
      make("button", link.label, { type: "submit", class: "second" }));
    return form;
  }
  if (link.type === "absolute" && /^https?:\/\//.test(link.url)) return make("a", link.label, { href: link.url, target: "_blank", rel: "noopener noreferrer" });
  return make("span", `${link.label} (not a link this EHR can open)`, { class: "facts" });
}

function overrideOf(service, card, article) {
  const group = make("div", undefined, { class: "override" });
  const reasons = card.overrideReasons ?? [];
  let choice;
  if (reasons.length > 0) {
    choice = make("select", undefined, { "aria-label": `Reason to override: ${card.summary}` });
    choice.append(make("option", "Reason…", { value: "" }));
    for (const [i, reason] of reasons.entries()) choice.append(make("option", reason.display ?? reason.code, { value: i }));
    group.append(choice);
  }
  const comment = make("input", undefined, { type: "text", maxlength: 300, placeholder: "Comment", "aria-label": `Comment: ${card.summary}` });
  const button = make("button", "Override", { type: "button", class: "second", "aria-label": `Override: ${card.summary}` });
  button.addEventListener("click", () => {
    if (choice && choice.value === "") return told(article, "Choose a reason first.");
    const feedback = { card: card.uuid, outcome: "overridden" };
    if (choice || comment.value) feedback.overrideReason = {};
    if (choice) {
      const { code, system, display } = reasons[Number(choice.value)];
      feedback.overrideReason.reason = { code, system, display };
    }
    if (comment.value) feedback.overrideReason.userComment = comment.value;
    return tell(service, feedback, article, "Overridden");
  });
  group.append(comment, button);
  return group;
}

async function accept(service, card, suggestion, article) {
  const lines = [];
  for (const { type, resource, resourceId } of suggestion.actions ?? []) {
    const id = resourceId ?? (resource?.id && reference(resource));
    const at = id ? drafts.findIndex(draft => reference(draft) === id) : -1;
    if (type === "delete" && at >= 0) {
      lines.push(`removed: ${nameOf(drafts[at])}`);
      drafts.splice(at, 1);
    } else if (type === "update" && at >= 0) {
      drafts[at] = resource;
      lines.push(`changed: ${nameOf(resource)}`);
    } else if (type === "create" && resource) {
      const draft = { ...resource, id: number() };
      drafts.push(draft);
      lines.push(`added: ${nameOf(draft)}`);
    }
  }
  field("done").textContent = `Drafts ${lines.join(", ")}.`;
  if (card.uuid && suggestion.uuid) await tell(service, { card: card.uuid, outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }] }, article, "Applied to the drafts");
  showDrafts();
  if (drafts.length > 0) ask(moment);
}

async function tell(service, feedback, article, word) {
  try {
    await send("feedback", { service, entry: feedback });
    told(article, `${word}.`);
  } catch (error) {
    told(article, `${word}; the service did not take the feedback (${error.message}).`);
  }
}

function told(article, text) {
  article.querySelector(".told")?.remove();
  article.append(make("p", text, { class: "told facts", role: "status" }));
}

const number = () => `draft-${++numbered}`;

function nameOf(draft) {
  const concept = draft.code ?? draft.medicationCodeableConcept;
  return concept?.text ?? concept?.coding?.[0]?.display ?? draft.resourceType;
}

function showDrafts() {
  field("drafts").replaceChildren(...drafts.map(draft => {
    const when = draft.occurrenceDateTime ?? draft.dosageInstruction?.[0]?.timing?.event?.[0]?.slice(0, 10);
    const item = make("li", [nameOf(draft), when].filter(Boolean).join(", "));
    for (const note of draft.note ?? []) item.append(make("p", note.text, { class: "facts" }));
    const remove = make("button", "Remove", { type: "button", class: "second small", "aria-label": `Remove ${nameOf(draft)}` });
    remove.addEventListener("click", () => {
      drafts = drafts.filter(other => other !== draft);
      showDrafts();
      if (drafts.length > 0) ask("select");
      else {
        asked++;
        field("cards").replaceChildren();
        field("state").textContent = "No drafts.";
      }
    });
    item.append(" ", remove);
    return item;
  }));
  field("sign").disabled = drafts.length === 0;
  const order = drafts.find(draft => draft.id === "draft-1");
  if (order?.occurrenceDateTime) field("date").value = order.occurrenceDateTime.slice(0, 10);
}

let waiting;
function changed() {
  const order = drafts.find(draft => draft.id === "draft-1");
  if (!order || !field("date").value) return;
  const marrow = field("what").value === "marrow";
  order.occurrenceDateTime = field("date").value;
  order.reasonCode = [{ text: field("reason").value }];
  order.code = marrow ? marrowCode : { text: "Ferritin (blood test)" };
  if (marrow) order.bodySite = [{ text: field("site").value }];
  else delete order.bodySite;
  field("site").disabled = !marrow;
  chosen = reference(order);
  showDrafts();
  clearTimeout(waiting);
  waiting = setTimeout(() => ask("select"), 250);
}

async function addMedicine() {
  const on = field("medicine-date").value || field("date").value;
  try {
    const draft = { ...await send(`draft?what=${encodeURIComponent(field("medicine").value)}&on=${encodeURIComponent(on)}`), id: number() };
    drafts.push(draft);
    chosen = reference(draft);
    showDrafts();
    await ask("select");
  } catch (error) {
    field("done").textContent = `Not added: ${error.message}`;
  }
}

async function place() {
  try {
    const { placed } = await send("place", { drafts });
    field("done").textContent = `Placed: ${placed.join(", ")}.`;
    drafts = [];
    field("place").hidden = true;
    showDrafts();
  } catch (error) {
    field("done").textContent = `Not placed: ${error.message}`;
  }
}

let marrowCode;
async function start() {
  const draft = { ...await send("draft"), id: number() };
  marrowCode = draft.code;
  drafts = [draft];
  chosen = reference(draft);
  showDrafts();
  field("medicine-date").value = field("date").value;
  for (const id of ["what", "date", "site", "reason"]) field(id).addEventListener("change", changed);
  field("order").addEventListener("submit", event => event.preventDefault());
  field("add").addEventListener("click", addMedicine);
  field("sign").addEventListener("click", () => ask("sign"));
  field("place").addEventListener("click", place);
  await ask("select");
}

start();
