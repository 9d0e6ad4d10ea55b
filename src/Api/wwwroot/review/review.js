// The page works without this module; it adds a print button and tells the reader when a choice needs a reason.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const fieldset of document.querySelectorAll("fieldset.decide")) {
  const reason = fieldset.querySelector("input[name^='reason:']");
  const needed = fieldset.closest(".finding")?.matches(".severity-moderate, .severity-high, .severity-critical");
  fieldset.addEventListener("change", () => {
    const choice = fieldset.querySelector("input[type=radio]:checked")?.value;
    if (reason) reason.required = choice === "change" || (choice === "dismiss" && Boolean(needed));
  });
}
