// A player as a first-time user of the server writes it: an id for the session, a socket, a video.

import { useEffect, useState } from "react";
import { v4 as uuid } from "uuid";

function sessionOf(storage) {
  const known = storage.getItem("sessionId");
  if (known) return known;
  const fresh = uuid();
  storage.setItem("sessionId", fresh);
  return fresh;
}

export default function Player() {
  const [id] = useState(() => sessionOf(localStorage));
  const [said, setSaid] = useState("nothing yet");

  useEffect(() => {
    const socket = new WebSocket("ws://localhost:3001?session=" + id);
    socket.onmessage = (event) => setSaid(event.data);
    socket.onclose = () => setSaid("closed");
    // A socket that was not opened yet would complain of its end on the console.
    return () => {
      socket.onmessage = socket.onclose = null;
      if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
      else socket.close();
    };
  }, [id]);

  return (
    <>
      <video src={"http://localhost:3000/video/video.mp4?session=" + id} controls muted />
      <output>{said}</output>
    </>
  );
}
