// The part of GitHub-flavoured Markdown that cards use, made into elements: paragraphs, lists, bold, links, escapes, entities.
// Nothing is ever parsed as HTML, so whatever a card says stays text.
const entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": "\"", "&nbsp;": "\u00a0" };

export function render(markdown) {
  const into = document.createDocumentFragment();
  let list = null, paragraph = null;
  for (const line of markdown.split("\n")) {
    const item = /^[-*] (.*)$/.exec(line);
    if (line.trim() === "") {
      list = paragraph = null;
    } else if (item) {
      list ??= into.appendChild(document.createElement("ul"));
      inline(item[1], list.appendChild(document.createElement("li")));
      paragraph = null;
    } else {
      if (paragraph) paragraph.append(" ");
      else paragraph = into.appendChild(document.createElement("p"));
      inline(line, paragraph);
      list = null;
    }
  }
  return into;
}

function inline(text, into) {
  let bold = null, words = "";
  const say = () => {
    if (words) (bold ?? into).append(words);
    words = "";
  };
  for (let i = 0; i < text.length; i++) {
    const rest = text.slice(i);
    const link = /^\[((?:\\.|[^\]\\])*)\]\((https?:\/\/[^\s)]+)\)/.exec(rest);
    const entity = /^&[a-z]+;/.exec(rest)?.[0];
    if (rest[0] === "\\" && /^[!-/:-@[-`{-~]/.test(rest.slice(1))) {
      words += rest[1];
      i++;
    } else if (rest.startsWith("**")) {
      say();
      bold = bold ? null : into.appendChild(document.createElement("strong"));
      i++;
    } else if (link) {
      say();
      const anchor = (bold ?? into).appendChild(document.createElement("a"));
      anchor.textContent = link[1].replace(/\\(.)/g, "$1");
      anchor.href = link[2];
      anchor.target = "_blank";
      anchor.rel = "noopener noreferrer";
      i += link[0].length - 1;
    } else if (entity && entities[entity]) {
      words += entities[entity];
      i += entity.length - 1;
    } else {
      words += rest[0];
    }
  }
  say();
}
