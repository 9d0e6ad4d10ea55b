// Order entry of the demo EHR. It keeps the drafts, shows cards as plain text (never as HTML), and talks to /sandbox/orders/… only.
const entry = document.getElementById("entry");
const base = `/sandbox/orders/${encodeURIComponent(entry.dataset.patient)}`;
const field = id => document.getElementById(id);

let drafts = [];
let asked = 0; // number of the newest question: an older answer that comes late is not shown
let moment = "select";

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
    const answer = await send(which, { drafts });
    if (mine !== asked) return;
    show(answer);
    field("place").hidden = which !== "sign";
  } catch (error) {
    if (mine !== asked) return;
    field("cards").replaceChildren();
    field("state").textContent = `Decision support could not be asked: ${error.message}`;
    field("place").hidden = which !== "sign";
  }
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
  const article = make("article", undefined, { class: `card ${["info", "warning", "critical"].includes(card.indicator) ? card.indicator : "info"}` });
  article.append(make("p", card.indicator, { class: "mark" }), make("h3", card.summary));
  if (card.detail) article.append(make("div", card.detail, { class: "detail" }));
  if (card.source?.label) article.append(make("p", `Source: ${card.source.label}`, { class: "facts" }));

  const actions = make("div", undefined, { class: "actions" });
  for (const suggestion of card.suggestions ?? []) {
    const button = make("button", suggestion.label, { type: "button" });
    button.addEventListener("click", () => accept(service, card, suggestion, article));
    actions.append(button);
  }
  for (const link of card.links ?? []) actions.append(linkOf(link, launchUrl));
  if (card.uuid) actions.append(overrideOf(service, card, article));
  article.append(actions);
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
  const group = make("span", undefined, { class: "override" });
  const reasons = card.overrideReasons ?? [];
  let choice;
  if (reasons.length > 0) {
    choice = make("select", undefined, { "aria-label": `Reason to override: ${card.summary}` });
    for (const reason of reasons) choice.append(make("option", reason.display ?? reason.code));
    group.append(choice);
  }
  const button = make("button", "Override", { type: "button", class: "second" });
  button.addEventListener("click", () => {
    const feedback = { card: card.uuid, outcome: "overridden" };
    if (choice) feedback.overrideReason = { reason: reasons[choice.selectedIndex] };
    tell(service, feedback, article, "Overridden");
  });
  group.append(button);
  return group;
}

async function accept(service, card, suggestion, article) {
  for (const { type, resource, resourceId } of suggestion.actions ?? []) {
    const id = resourceId ?? (resource && `${resource.resourceType}/${resource.id}`);
    const at = drafts.findIndex(draft => `${draft.resourceType}/${draft.id}` === id);
    if (type === "delete") drafts = drafts.filter((_, i) => i !== at);
    else if (resource && at >= 0) drafts[at] = resource;
    else if (resource) drafts.push({ ...resource, id: resource.id ?? `draft-${drafts.length + 1}` });
  }
  if (card.uuid && suggestion.uuid) await tell(service, { card: card.uuid, outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }] }, article, "Applied");
  showDrafts();
  if (drafts.length > 0) ask(moment);
}

async function tell(service, feedback, article, word) {
  let text = word;
  try {
    await send("feedback", { service, entry: feedback });
  } catch (error) {
    text = `${word}; the service did not take the feedback (${error.message})`;
  }
  article.querySelector(".told")?.remove();
  article.append(make("p", text, { class: "told facts", role: "status" }));
}

function showDrafts() {
  field("drafts").replaceChildren(...drafts.map(draft =>
    make("li", [draft.code?.text ?? draft.medicationCodeableConcept?.text ?? draft.code?.coding?.[0]?.display ?? draft.resourceType, draft.occurrenceDateTime].filter(Boolean).join(", "))));
  field("sign").disabled = drafts.length === 0;
  const first = drafts[0];
  if (first?.occurrenceDateTime) field("date").value = first.occurrenceDateTime.slice(0, 10);
}

let waiting;
function changed() {
  const first = drafts[0];
  if (!first || !field("date").value) return;
  const marrow = field("what").value === "marrow";
  first.occurrenceDateTime = field("date").value;
  first.reasonCode = [{ text: field("reason").value }];
  first.code = marrow ? marrowCode : { text: "Ferritin (blood test)" };
  if (marrow) first.bodySite = [{ text: field("site").value }];
  else delete first.bodySite;
  field("site").disabled = !marrow;
  showDrafts();
  clearTimeout(waiting);
  waiting = setTimeout(() => ask("select"), 250);
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
  const draft = await send("draft");
  marrowCode = draft.code;
  drafts = [draft];
  showDrafts();
  for (const id of ["what", "date", "site", "reason"]) field(id).addEventListener("change", changed);
  field("order").addEventListener("submit", event => event.preventDefault());
  field("sign").addEventListener("click", () => ask("sign"));
  field("place").addEventListener("click", place);
  await ask("select");
}

start();
