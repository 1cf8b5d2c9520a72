"""Looking inside a trained network: what its layers answer, and what in the image decides.

Each function takes any model of the book, on any device, and leaves it as it was. Images may be
NumPy arrays or tensors, in the values that the model was trained on; results are NumPy arrays.
"""

from cnnbook.nets.inspection.deconvnet import Projection, project_back
from cnnbook.nets.inspection.exciting import Exciting, maximize
from cnnbook.nets.inspection.maps import feature_maps
from cnnbook.nets.inspection.mistakes import Mistake, most_confused
from cnnbook.nets.inspection.reach import GradientField, averaging, receptive_field_by_gradient
from cnnbook.nets.inspection.regions import occlusion_map, saliency

__all__ = [
    "Exciting",
    "GradientField",
    "Mistake",
    "Projection",
    "averaging",
    "feature_maps",
    "maximize",
    "most_confused",
    "occlusion_map",
    "project_back",
    "receptive_field_by_gradient",
    "saliency",
]
