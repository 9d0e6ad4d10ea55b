// While charts are read: looks once a second how far it is; when the list is there, shows it. Without script the page reloads by itself.
const look = async () => {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const progress = next.querySelector("[data-progress]");
  if (!progress) {
    location.reload();
    return;
  }
  document.querySelector("[data-progress]").replaceChildren(...progress.childNodes);
  setTimeout(look, 1000);
};
setTimeout(look, 700);
