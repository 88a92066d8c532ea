// expect status: error
import.meta.url
