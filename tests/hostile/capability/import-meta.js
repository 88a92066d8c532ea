// expect status: ok
import.meta.url
