// What the page is told instead of what the server says.

/** Changes the library on its way to the page. `change` gets the list and gives one back. */
export const changeLibrary = (change) => (page) => page.route("**/library.json", async (route) => {
  const reply = await route.fetch();
  await route.fulfill({ response: reply, json: { videos: change((await reply.json()).videos) } });
});
