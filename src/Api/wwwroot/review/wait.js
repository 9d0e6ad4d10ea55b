// Looks once a second whether the page that we wait for is there; shows what has come in so far. Without script the page reloads by itself.
const look = async () => {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!next.querySelector("[data-wait]")) {
    location.reload();
    return;
  }
  const [progress, list] = [document.querySelector("progress"), document.querySelector("main ul")];
  progress.value = next.querySelector("progress").value;
  list.replaceChildren(...next.querySelectorAll("main ul > li"));
  setTimeout(look, 1000);
};
setTimeout(look, 700);
