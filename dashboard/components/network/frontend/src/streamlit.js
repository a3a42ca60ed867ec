// The messages between Streamlit and the frame of a component (its protocol, version 1).

function send(type, data) {
  window.parent.postMessage({ isStreamlitMessage: true, type: `streamlit:${type}`, ...data }, "*");
}

export function start(render) {
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data?.type === "streamlit:render") {
      render(event.data.args);
    }
  });
  send("componentReady", { apiVersion: 1 });
}

export const setHeight = (height) => send("setFrameHeight", { height });

export const tell = (value) => send("setComponentValue", { value, dataType: "json" });
