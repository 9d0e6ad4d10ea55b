// The page works without this module; with it a filter applies as soon as it is chosen.
const form = document.querySelector("form.filters");
for (const select of form?.querySelectorAll("select") ?? []) select.addEventListener("change", () => form.requestSubmit());
